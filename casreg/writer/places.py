"""Where a chunk of an array's elements belongs: what tells that another version's is the same block."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from casreg.models.index import Index
from casreg.tensors import Tensor
from casreg.writer.identity import likeness, same_tensors


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
        self.dtypes: dict[int, str] = {}
        """Of the tensor that each chunk begins in, by row."""
        self._tensors = index.tensors
        self._paths = index.paths
        self._names = {tensor.name for _, tensor in index.tensors}
        self._alike: dict[Hashable, list[int]] = {}
        """Positions of the tensors that may match at all."""
        for position, (_, tensor) in enumerate(index.tensors):
            self._alike.setdefault(likeness(tensor), []).append(position)
        self._other_names: dict[tuple[str, str], tuple[str, str]] = {}
        """(path, tensor) in the version, by what a part calls it."""
        tensors: dict[int, list[Tensor]] = {}
        for number, tensor in index.tensors:
            tensors.setdefault(number, []).append(tensor)
        self._near_deltas: set[int] = set()
        plain, base = index.chunks.plain, index.chunks.base
        for number, held in tensors.items():
            part = index.parts[number]
            rows = index.sequence[part.first : part.first + part.count]
            of_tensors: dict[str, list[int]] = {}
            words = {tensor.name: tensor.dtype for tensor in held}
            for row, place in zip(rows, places(part.path, held, (plain[row] for row in rows)), strict=True):
                if place is not None:
                    self._exact[place] = row
                    self.dtypes[row] = words[place.tensor]
                    self._by_tensor.setdefault(place[1:], row)
                    of_tensors.setdefault(place.tensor, []).append(row)
            for of_tensor in of_tensors.values():
                if any(base[row] for row in of_tensor):
                    self._near_deltas.update(of_tensor)

    def note(self, path: str, tensors: Sequence[Tensor]) -> None:
        """Before the chunks of a part are looked for: its tensors, some of which the version may know by
        other names."""
        if all(tensor.name in self._names for tensor in tensors):
            return
        kinds = dict.fromkeys(map(likeness, tensors))
        alike = [self._tensors[position] for kind in kinds for position in self._alike.get(kind, ())]
        for ours, theirs in same_tensors(tensors, [tensor for _, tensor in alike]).items():
            number, known = alike[theirs]
            self._other_names[path, tensors[ours].name] = self._paths[number], known.name

    def find(self, place: Place) -> int | None:
        """The row of the chunk at the same place; in another part, if its own has no such tensor; of the
        tensor that is the same under another name, if there is none of this name."""
        row = self._exact.get(place)
        if row is None:
            row = self._by_tensor.get(place[1:])
        if row is None and (same := self._other_names.get(place[:2])):
            row = self._exact.get(Place(*same, place.offset))
        return row

    def near_deltas(self, row: int) -> bool:
        """Whether the tensor that the chunk in a row belongs to has chunks that are deltas."""
        return row in self._near_deltas
