"""Whose bytes the chunks of a pack are."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from casreg.models.index import Index


class Owner(NamedTuple):
    row: int
    """Of the index's table of chunks."""
    part: str
    tensor: str | None
    """None if the bytes are no tensor's."""


def owners(index: Index, rows: Container[int]) -> Iterator[Owner]:
    """What the chunks ``rows`` of a version hold, in the order of its parts; none comes twice."""
    for part in index.parts:
        origin = index.starts[part.first]
        met: dict[Owner, None] = {}
        tensors = None
        for i in range(part.first, part.first + part.count):
            row = index.sequence[i]
            if row not in rows:
                continue
            if tensors is None:
                tensors = [
                    tensor for number, tensor in index.tensors if number == part.number and tensor.size
                ]
            start, stop = index.starts[i] - origin, index.starts[i + 1] - origin
            named: list[str | None] = [t.name for t in tensors if t.start < stop and t.start + t.size > start]
            met.update(dict.fromkeys(Owner(row, part.path, name) for name in named or [None]))
        yield from met
