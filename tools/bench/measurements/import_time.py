"""How long ``import casreg`` takes, over an interpreter that does nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from tools.bench.rows import MILLISECONDS, Row, at_most, row
from tools.bench.timing import in_turns, seconds
from tools.bench.work import Work

ROUNDS = 10


def import_time(work: Work) -> Iterator[Row]:
    rounds = max(2, work.sized(ROUNDS))
    work.say(f"{rounds} fresh interpreters each: nothing, import casreg, from casreg import Registry")
    taken = in_turns(
        rounds,
        warm_up=True,
        nothing=lambda: _python("pass"),
        package=lambda: _python("import casreg"),
        facade=lambda: _python("from casreg import Registry"),
    )
    nothing, package, facade = (taken[name] for name in ("nothing", "package", "facade"))
    yield row(
        "import casreg, minus an empty interpreter",
        _minus(package, nothing),
        MILLISECONDS,
        target=at_most(100),
    )
    yield row("from casreg import Registry, minus the same", _minus(facade, nothing), MILLISECONDS)


def _python(code: str) -> float:
    return seconds(subprocess.run, [sys.executable, "-c", code], check=True)


def _minus(whole: list[float], nothing: list[float]) -> list[float]:
    """Less the median: a difference of two noisy starts would be noisier still."""
    return [taken - median(nothing) for taken in whole]
