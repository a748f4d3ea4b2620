"""Times of casreg and of its peers, taken in turns: a noisy machine is noisy for both."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

_TOUCHED: Final = 1 << 30
_PAGE: Final = 4096
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


def settle(moved: int = _TOUCHED) -> None:
    """Let what was written before reach the disk now, and not while the next thing is timed.

    Then touch some free memory, 32 times the bytes that will be ``moved``, 1 GiB at most: a virtual machine
    gives back what is free, and whoever is the first to use it again waits for the host, up to ten times as
    long as a copy takes (seconds for 1 GiB were seen).
    """
    os.sync()
    if hasattr(mmap, "MADV_HUGEPAGE"):
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        size = max(_PAGE, min(free // 2, 32 * moved, _TOUCHED))
        with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
            memory.madvise(mmap.MADV_HUGEPAGE)
            for at in range(0, len(memory), _PAGE):
                memory[at] = 1


def fsync(path: str | os.PathLike[str]) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
