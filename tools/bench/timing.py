"""Times of casreg and of its peers, taken in turns: a noisy machine is noisy for both."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

Run = Callable[[], float]
"""Prepares, acts, tidies up; the seconds that acting took."""


def seconds(action: Callable[..., Any], *args: Any, **kwargs: Any) -> float:
    start = perf_counter()
    action(*args, **kwargs)
    return perf_counter() - start


def in_turns(rounds: int, *, warm_up: bool = False, **runs: Run) -> dict[str, list[float]]:
    """Every run once per round, another one first each time; seconds by name, one per round.

    ``warm_up``: one round more, which does not count. Memory that the machine touches for the first
    time is slow, the page cache's too, and whoever comes first would pay for it.
    """
    taken: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    if warm_up:
        for run in runs.values():
            run()
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            taken[name].append(runs[name]())
    return taken


def settle() -> None:
    """Let what was written before reach the disk now, and not while the next thing is timed."""
    os.sync()


def fsync(path: str | os.PathLike[str]) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
