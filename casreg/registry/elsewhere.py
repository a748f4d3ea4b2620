"""Keywords that casreg has not, or has by another name: those of mindtrace-registry, and slips."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from casreg.errors import InvalidInput

_LOGGING: Final = (
    "log_dir logger_level stream_level file_level file_mode add_stream_handler add_file_handler propagate "
    "max_bytes backup_count use_structlog structlog_json structlog_pre_chain structlog_processors "
    "structlog_renderer structlog_bind"
)
_OF_MINDTRACE: Final = frozenset(("config_overrides", "lock_timeout", "suppress", *_LOGGING.split()))
"""What the base class of mindtrace's Registry and backends takes: how it logs, its configuration; and what a
Registry hands to its local backend."""
_P = ParamSpec("_P")
_R = TypeVar("_R")
log = logging.getLogger("casreg")


def pass_by(given: Mapping[str, Any], known: Iterable[str], of: str = "Registry") -> None:
    """Raise InvalidInput for the first keyword that is none, with those that it is like; what mindtrace has
    for its own logging, configuration and locks is passed by, and logged."""
    known = sorted(known)
    for name, value in given.items():
        if name == "suppress" and value:
            raise InvalidInput("suppress=True: casreg swallows no errors; catch casreg.CasregError")
        if name not in _OF_MINDTRACE:
            like = " or ".join(f"{found}=" for found in get_close_matches(name, known, 3, 0.7))
            hint = f"did you mean {like}?" if like else f"there are {', '.join(known)}"
            raise InvalidInput(f"{of} has no option {name[:80]}=: {hint}", option=name)
        log.info("%s= means nothing to casreg: it logs under the logger 'casreg', and takes no locks", name)


def also_called(**words: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let a parameter be given by the keyword that mindtrace-registry has for it, too: theirs=ours."""

    def decorated(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(function)
        def called(*args: _P.args, **given: _P.kwargs) -> _R:
            for theirs, ours in words.items():
                if theirs in given and ours not in given:
                    given[ours] = given.pop(theirs)
            return function(*args, **given)

        return called

    return decorated
