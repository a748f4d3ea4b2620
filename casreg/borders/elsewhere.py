"""The layout of a file that others tell of: it has no structure of its own."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from casreg.borders.layout import Elsewhere, Layout, Span, arrange


def layout(size: int, told: Iterable[Elsewhere]) -> Layout | None:
    """Of a file of ``size`` bytes; None if nothing that is told fits.

    What lies outside of the file is passed over, and what overlaps another array that was told of
    earlier, but for an array in just the same place: it may have several names.
    """
    kept: list[Span] = []
    starts: list[int] = []
    tensors = []
    for one in told:
        start, end, word = one.span
        if not 0 <= start < end <= size:
            continue
        at = bisect_right(starts, start)
        before, after = (kept[at - 1] if at else None), (kept[at] if at < len(kept) else None)
        if before != one.span:
            if (before and before[1] > start) or (after and after[0] < end):
                continue
            kept.insert(at, (start, end, word))
            starts.insert(at, start)
        if one.tensor:
            tensors.append(one.tensor)
    return arrange("elsewhere", size, kept, tensors) if kept else None


def beside(path: str, location: str) -> str | None:
    """The path of the file that the one at ``path`` calls ``location``; None unless that lies in the same
    folder, or below it."""
    steps = [step for step in location.split("/") if step != "."]
    if not steps or "" in steps or ".." in steps or "\\" in location or "\0" in location:
        return None
    folder = path.rpartition("/")[0]
    return "/".join([folder, *steps] if folder else steps)
