"""Where a chunk of an array's elements belongs: what tells that another version's is the same block."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from casreg.models.index import Index
from casreg.tensors import Tensor


class Place(NamedTuple):
    """The tensor that a chunk begins in, or else the first that begins in it."""

    path: str
    tensor: str
    offset: int
    """Of the chunk, in bytes from the beginning of the tensor; negative if it begins before."""


def places(path: str, tensors: Sequence[Tensor], sizes: Iterable[int]) -> Iterator[Place | None]:
    """The place of each chunk of a part, from its tensors and the sizes of its chunks."""
    ordered = sorted(tensors, key=attrgetter("start"))
    starts = [tensor.start for tensor in ordered]
    at = 0
    for size in sizes:
        number = bisect_right(starts, at) - 1
        if number < 0 or at >= starts[number] + ordered[number].size:
            number += 1
        if number < len(ordered) and starts[number] < at + size:
            yield Place(path, ordered[number].name, at - starts[number])
        else:
            yield None
        at += size


class Placed:
    """The chunks of a version, by their places."""

    def __init__(self, index: Index) -> None:
        self._exact: dict[Place, int] = {}
        self._by_tensor: dict[tuple[str, int], int] = {}
        tensors: dict[int, list[Tensor]] = {}
        for number, tensor in index.tensors:
            tensors.setdefault(number, []).append(tensor)
        plain = index.chunks.plain
        for number, held in tensors.items():
            part = index.parts[number]
            rows = index.sequence[part.first : part.first + part.count]
            for row, place in zip(rows, places(part.path, held, (plain[row] for row in rows)), strict=True):
                if place is not None:
                    self._exact[place] = row
                    self._by_tensor.setdefault(place[1:], row)

    def find(self, place: Place) -> int | None:
        """The row of the chunk at the same place; in another part, if its own has no such tensor."""
        row = self._exact.get(place)
        return self._by_tensor.get(place[1:]) if row is None else row
