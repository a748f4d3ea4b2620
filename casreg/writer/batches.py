"""Cutting parts into batches of chunks: the producing end of a save.

A batch is a few MiB of chunks, of many small parts or of a piece of a large one; batches and the
chunks in them are in the order of the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import tee
from typing import TypeAlias

from casreg.chunkers.blocks import block_lengths, gather
from casreg.chunkers.content import ContentChunker
from casreg.errors import Conflict
from casreg.models.store import BlockChunking
from casreg.parts import InMemory, Part, Source, Stream
from casreg.slabs import Slab, SlabPool
from casreg.writer.guess import follow
from casreg.writer.known import Guess
from casreg.writer.places import Place, places

Pieces: TypeAlias = Sequence[tuple[int, int]]

_MAX_CHUNKS = 1024


@dataclass
class Batch:
    """Chunks to be identified and encoded."""

    slab: Slab | None = None
    """The buffer that the views lie in; None if they lie in the object's own memory."""
    views: list[memoryview | bytes] = field(default_factory=list)
    ids: list[bytes | None] = field(default_factory=list)
    """Chunk ids, where already known."""
    runs: list[tuple[int, int]] = field(default_factory=list)
    """(number of the part, how many of the chunks are its own), in order."""
    size: int = 0

    widths: list[int] = field(default_factory=list)
    """Bytes of an element of each chunk, 0 where nothing is known."""
    places: list[Place | None] = field(default_factory=list)
    """Where in a tensor each chunk begins, where that is known."""

    def add(
        self,
        part: int,
        views: list[memoryview | bytes],
        ids: list[bytes] | None = None,
        width: int = 0,
        place: Place | None = None,
    ) -> None:
        if views:
            self.views += views
            self.ids += ids or [None] * len(views)
            self.widths += [width] * len(views)
            self.places += [place] * len(views)
            self.runs.append((part, len(views)))
            self.size += sum(map(len, views))


class Batcher:
    """Turns parts into batches. ``begin`` is told each part's number when its first byte is near."""

    def __init__(
        self,
        slabs: SlabPool,
        content: ContentChunker,
        blocks: BlockChunking,
        guess: Callable[[str], Guess | None],
        hash_all: Callable[[list[memoryview]], Iterator[bytes]],
    ) -> None:
        self._slabs = slabs
        self._content = content
        self._blocks = blocks
        self._guess = guess
        self._hash_all = hash_all
        self._batch = Batch()
        self._used = 0

    def batches(self, parts: Iterable[Part]) -> Iterator[Batch]:
        for number, part in enumerate(parts):
            if isinstance(part.data, Stream):
                with part.data.open() as source:
                    yield from self._stream(number, part, source)
            elif part.pieces is not None:
                yield from self._memory_blocks(number, part, part.data, part.pieces)
            else:
                yield from self._memory_content(number, part, part.data)
        yield from self._flush()

    def _flush(self) -> Iterator[Batch]:
        batch, self._batch, self._used = self._batch, Batch(), 0
        if batch.views:
            yield batch
        elif batch.slab:
            batch.slab.drop()

    def _memory_blocks(self, number: int, part: Part, data: InMemory, pieces: Pieces) -> Iterator[Batch]:
        if self._batch.slab:
            yield from self._flush()
        sizes, cut = tee(self._placed(part, pieces))
        for chunk, (_, width, place) in zip(gather(data.buffers(), (c[0] for c in sizes)), cut, strict=True):
            self._batch.add(number, [chunk], width=width, place=place)
            if self._batch.size >= self._slabs.size or len(self._batch.views) >= _MAX_CHUNKS:
                yield from self._flush()

    def _memory_content(self, number: int, part: Part, data: InMemory) -> Iterator[Batch]:
        """A single buffer is cut where it lies; several are read through slabs, as a stream is."""
        buffers = list(data.buffers())
        if len(buffers) != 1:
            yield from self._read(number, part.path, _Buffers(buffers), guessing=True)
            return
        if self._batch.slab:
            yield from self._flush()
        view, offset = buffers[0], 0
        guess = self._guess(part.path) if len(view) > self._content.max_size else None
        cursor: int | None = 0 if guess else None
        while offset < len(view):
            window = view[offset : offset + self._slabs.size]
            final = offset + len(window) == len(view)
            taken, cursor = self._cut(number, window, final, guess, cursor, offset)
            offset += taken
            if self._batch.size >= self._slabs.size // 2:
                yield from self._flush()

    def _stream(self, number: int, part: Part, source: Source) -> Iterator[Batch]:
        if part.pieces is not None:
            yield from self._stream_blocks(number, part, source, part.pieces)
        else:
            guessing = part.data.size is None or part.data.size > self._content.max_size
            yield from self._read(number, part.path, source, guessing)

    def _stream_blocks(self, number: int, part: Part, source: Source, pieces: Pieces) -> Iterator[Batch]:
        for length, width, place in self._placed(part, pieces):
            free = self._slabs.size - self._used
            if not self._batch.slab or free < length or len(self._batch.views) >= _MAX_CHUNKS:
                yield from self._new_slab(b"")
            assert self._batch.slab is not None
            chunk = self._batch.slab.view[self._used : self._used + length]
            filled = 0
            while filled < length:
                count = source.readinto(chunk[filled:])
                if not count:
                    raise Conflict(f"{part.path} shrank while it was read", part=part.path)
                filled += count
            self._used += length
            self._batch.add(number, [chunk], width=width, place=place)

    def _placed(self, part: Part, pieces: Pieces) -> Iterator[tuple[int, int, Place | None]]:
        """(bytes, width, place) of each chunk."""
        cut, sizes = tee(block_lengths(pieces, self._blocks))
        where = places(part.path, part.tensors, (size for size, _ in sizes))
        return ((size, width, place) for (size, width), place in zip(cut, where, strict=True))

    def _read(self, number: int, path: str, source: Source, guessing: bool) -> Iterator[Batch]:
        guess = self._guess(path) if guessing else None
        cursor: int | None = 0 if guess else None
        offset = 0
        if (
            not self._batch.slab
            or self._used > self._slabs.size - (64 << 10)
            or len(self._batch.views) >= _MAX_CHUNKS
        ):
            yield from self._new_slab(b"")
        start = self._used
        while True:
            assert self._batch.slab is not None
            slab = self._batch.slab.view
            final = False
            while self._used < len(slab):
                count = source.readinto(slab[self._used :])
                if not count:
                    final = True
                    break
                self._used += count
            taken, cursor = self._cut(number, slab[start : self._used], final, guess, cursor, offset)
            start += taken
            offset += taken
            if final:
                return
            if start == 0:
                raise Conflict(f"{path} grew while it was read", part=path)
            yield from self._new_slab(slab[start : self._used])
            start = 0

    def _new_slab(self, carried: memoryview | bytes) -> Iterator[Batch]:
        """Send the batch off; the next one begins with a copy of the bytes not yet cut."""
        slab = self._slabs.take()
        slab.view[: len(carried)] = carried
        yield from self._flush()
        self._batch.slab, self._used = slab, len(carried)

    def _cut(
        self, number: int, data: memoryview, final: bool, guess: Guess | None, cursor: int | None, offset: int
    ) -> tuple[int, int | None]:
        """Cut the front of ``data``; how many bytes that took, and where in the guess the next begin."""
        taken = 0
        if guess and cursor is not None:
            lengths, ids, cursor = follow(data, final, guess, cursor, self._content, self._hash_all)
            taken = self._add(number, data, 0, lengths, ids)
            if cursor is not None and taken and not final:
                return taken, cursor
        lengths = self._content.cut(data[taken:], final)
        end = self._add(number, data, taken, lengths, None)
        if guess and lengths:
            cursor = guess.at(offset + end)
            if cursor is None:
                (last,) = self._hash_all([data[end - lengths[-1] : end]])
                cursor = guess.after(last)
        return end, cursor

    def _add(
        self, number: int, data: memoryview, start: int, lengths: list[int], ids: list[bytes] | None
    ) -> int:
        views: list[memoryview | bytes] = []
        for length in lengths:
            views.append(data[start : start + length])
            start += length
        self._batch.add(number, views, ids)
        return start


class _Buffers:
    """Buffers, read as a stream."""

    def __init__(self, buffers: list[memoryview]) -> None:
        self._buffers = iter(buffers)
        self._view = memoryview(b"")

    def readinto(self, buffer: memoryview, /) -> int:
        while not self._view:
            following = next(self._buffers, None)
            if following is None:
                return 0
            self._view = following
        count = min(len(buffer), len(self._view))
        buffer[:count] = self._view[:count]
        self._view = self._view[count:]
        return count
