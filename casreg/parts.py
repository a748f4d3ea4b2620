"""Parts: what materializers hand to the writer, and all that the writer knows of an object.

A part is a path and its bytes, either lying in memory (:class:`InMemory`) or to be read once from
front to back (:class:`Stream`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from casreg.tensors import Tensor


class Source(Protocol):
    """Bytes to be read once."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the front of ``buffer``; the number of bytes, 0 at the end only."""


@dataclass(frozen=True, slots=True)
class InMemory:
    """Bytes over the object's own memory, which must not change until the save has returned."""

    buffers: Callable[[], Iterator[memoryview]]
    """Contiguous views of format ``B``, end to end the part's bytes."""
    size: int


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of an array, of whatever library."""

    word: str
    """The safetensors word of their dtype."""
    shape: tuple[int, ...]
    size: int
    """In bytes."""
    buffers: Callable[[], Iterator[memoryview]]
    """Contiguous views of format ``B``, end to end the elements in C order."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes behind a door: ``open`` gives a context manager, whose exit raises Conflict if the
    source changed while it was read."""

    open: Callable[[], AbstractContextManager[Source]]
    size: int | None
    """Bytes, as far as known before reading."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a version."""

    path: str
    """Relative, ``/``-separated; with a trailing ``/`` an empty directory."""
    data: InMemory | Stream
    executable: bool = False
    tensors: Sequence[Tensor] = ()
    pieces: Sequence[tuple[int, int]] | None = None
    """(bytes, bytes of an element or 0) of every piece of structure, which end to end are the part:
    it is cut at their borders. None: nothing is known, it is cut by its content."""
    file_size: int | None = None
    """Bytes of the file that ``data`` holds inflated (spec/inflated.md); None: ``data`` is the file."""


def in_memory(*buffers: memoryview | bytes | bytearray) -> InMemory:
    """The bytes of ``buffers``, end to end."""
    views = [memoryview(b).cast("B") for b in buffers]
    return InMemory(lambda: iter(views), sum(len(v) for v in views))
