"""A new incompressible file: saved into a new store, against a copy of it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.bench.data import random_file, read_through, shown
from tools.bench.rows import Row, rate, ratio_at_most, row
from tools.bench.timing import fsync, in_turns, seconds, settle
from tools.bench.work import Work

ROUNDS = 5


def save_new_file(work: Work) -> Iterator[Row]:
    size = work.sized(1 << 30)
    work.say(
        f"{ROUNDS} times, in turns: save {shown(size)} of random bytes into a new store; cp, then fsync "
        "of the copy"
    )
    source = random_file(work.directory / "source", size)
    taken = in_turns(
        ROUNDS,
        warm_up=True,
        ours=lambda: _save(work, source),
        cp=lambda: _copy(source, work.directory / "copy"),
    )
    yield row("save a new file", taken["ours"], rate(size), taken["cp"], "cp + fsync", ratio_at_most(1.3))
    source.unlink()


def _save(work: Work, source: Path) -> float:
    read_through(source)
    registry = work.registry("store")
    settle()
    taken = seconds(registry.save, "file", source)
    shutil.rmtree(work.directory / "store")
    return taken


def _copy(source: Path, target: Path) -> float:
    def copy() -> None:
        subprocess.run(["cp", source, target], check=True)
        fsync(target)

    read_through(source)
    settle()
    taken = seconds(copy)
    target.unlink()
    return taken
