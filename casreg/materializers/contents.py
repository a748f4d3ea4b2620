"""Whether a file holds the bytes of a part, without reading those: it is hashed chunk by chunk, and held
against the index. Of a part that is stored inflated the recipe is read, which has the hash of the file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from casreg.digest import Hasher
from casreg.errors import Unsupported
from casreg.inflated import Recipe, recipe_of
from casreg.models.index import PartEntry
from casreg.models.store import MAX_CUT
from casreg.slabs import SlabPool
from casreg.slices import cut, windows
from casreg.snapshot import Snapshot

BLOCK: Final = MAX_CUT
"""Files are read in pieces of this size; hardly any chunk is larger."""


class Span(NamedTuple):
    """The bytes of a file among which the first one lies that is not the version's."""

    start: int
    stop: int


def same_files(snapshot: Snapshot, parts: Iterable[PartEntry], directory: Path) -> bool:
    """Whether the files below ``directory`` hold the bytes of ``parts``, chunk by chunk."""
    memory = memoryview(bytearray(BLOCK))
    for part in parts:
        if part.path.endswith("/"):
            continue
        try:
            with open(directory / part.path, "rb") as file:
                if changed(snapshot, part, file.fileno(), memory):
                    return False
        except OSError:
            return False
    return True


def changed(snapshot: Snapshot, part: PartEntry, fd: int, memory: memoryview) -> Span | None:
    """Where a file first differs from a part; on this thread, but for one that is stored inflated."""
    if part.inflated:
        return _changed_archive(snapshot, part, fd, memory)
    return _changed_chunk(snapshot, part, fd, (0, part.size), memory) or _behind(part, fd)


def changed_large(
    snapshot: Snapshot, slabs: SlabPool, advance: Callable[[int], None], part: PartEntry, fd: int
) -> Span | None:
    """:func:`changed`, on several threads; ``advance`` is told how many bytes are known to be the same.

    ``slabs`` are of ``BLOCK`` bytes.
    """

    def look(window: tuple[int, int]) -> tuple[int, Span | None]:
        with slabs.take() as slab:
            return window[1], _changed_chunk(snapshot, part, fd, window, slab.view)

    if part.inflated:
        with slabs.take() as slab:
            return _changed_archive(snapshot, part, fd, slab.view)
    stretches = windows(snapshot.index, part, snapshot.limits.slab_size)
    with closing(snapshot.pool().map(look, stretches)) as looked:
        for done, span in looked:
            if span is not None:
                return span
            advance(done)
    return _behind(part, fd)


def _changed_chunk(
    snapshot: Snapshot, part: PartEntry, fd: int, window: tuple[int, int], memory: memoryview
) -> Span | None:
    """The first chunk of a window, of whole chunks, that is not the same in the file."""
    chunks = snapshot.index.chunks
    for piece in cut(snapshot.index, part, *window, window[0]):
        size = chunks.plain[piece.row]
        if _hash(fd, piece.at, size, memory) != chunks.id(piece.row):
            return Span(piece.at, piece.at + size)
    return None


def _behind(part: PartEntry, fd: int) -> Span | None:
    """What a file has behind the part that it begins with."""
    size = os.fstat(fd).st_size
    return Span(part.size, size) if size > part.size else None


def _changed_archive(snapshot: Snapshot, part: PartEntry, fd: int, memory: memoryview) -> Span | None:
    recipe, size = _recipe(snapshot, part), os.fstat(fd).st_size
    same = recipe.size == part.size == size
    if same and _hash(fd, 0, size, memory).hex() == recipe.blake3:
        return None
    somewhere = Span(0, max(size, part.size))
    try:
        return _first_block(snapshot.restored(part), fd) or _behind(part, fd) or somewhere
    except Unsupported:  # this Python's zlib does not make the file again
        return somewhere


def _recipe(snapshot: Snapshot, part: PartEntry) -> Recipe:
    def blocks() -> Iterator[memoryview]:
        for start, stop in windows(snapshot.index, part, 1):
            buffer = memoryview(bytearray(stop - start))
            snapshot.read_range_into(part, start, buffer)
            yield buffer

    return recipe_of(blocks())


def _first_block(blocks: Iterable[bytes | memoryview], fd: int) -> Span | None:
    """All of ``blocks`` are asked for: before the end they are not proved."""
    at, first = 0, None
    for block in blocks:
        if first is None and os.pread(fd, len(block), at) != block:
            first = Span(at, at + len(block))
        at += len(block)
    return first


def _hash(fd: int, at: int, size: int, memory: memoryview) -> bytes:
    """BLAKE3 of ``size`` bytes from ``at`` on, of fewer if the file ends before."""
    hasher = Hasher()
    while size and (count := os.preadv(fd, [memory[:size]], at)):
        hasher.update(memory[:count])
        at, size = at + count, size - count
    return hasher.digest()
