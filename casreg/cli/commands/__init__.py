"""The commands, in the order in which ``casreg --help`` lists them."""

from __future__ import annotations

from collections.abc import Callable

from casreg.cli.commands.checkout import checkout
from casreg.cli.commands.completion import completion
from casreg.cli.commands.copy import copy
from casreg.cli.commands.demo import demo
from casreg.cli.commands.diff import diff
from casreg.cli.commands.doctor import doctor
from casreg.cli.commands.find import find
from casreg.cli.commands.fsck import fsck
from casreg.cli.commands.history import history, undo
from casreg.cli.commands.import_mindtrace import import_mindtrace
from casreg.cli.commands.init import init
from casreg.cli.commands.load import load
from casreg.cli.commands.ls import ls
from casreg.cli.commands.mirror import mirror
from casreg.cli.commands.note import note
from casreg.cli.commands.protect import protect
from casreg.cli.commands.rename import rename
from casreg.cli.commands.rm import rm
from casreg.cli.commands.save import save
from casreg.cli.commands.show import show
from casreg.cli.commands.stats import stats
from casreg.cli.commands.tag import tag, untag
from casreg.cli.commands.verify import verify

COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo,
    "init": init,
    "save": save,
    "load": load,
    "checkout": checkout,
    "verify": verify,
    "ls": ls,
    "find": find,
    "show": show,
    "stats": stats,
    "diff": diff,
    "note": note,
    "rename": rename,
    "tag": tag,
    "untag": untag,
    "protect": protect,
    "history": history,
    "rm": rm,
    "undo": undo,
    "copy": copy,
    "mirror": mirror,
    "import-mindtrace": import_mindtrace,
    "fsck": fsck,
    "doctor": doctor,
    "completion": completion,
}
