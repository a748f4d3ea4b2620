"""Streams of deflate (RFC 1951): undone, and made again in the way in which zlib made them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

Buffer: TypeAlias = bytes | memoryview
FEED: Final = 256 << 10
"""Bytes that zlib is fed at a time, when streams are proved and when they are made again: so that the same
zlib gives the same bytes, even one that does not compress alike what it is fed in other portions."""
_RAW: Final = -15


class Way(NamedTuple):
    """What zlib was told when it deflated a stream: its strategy was the default, its window 32 KiB."""

    level: int
    memory: int


WAYS: Final = tuple(Way(level, memory) for memory in (8, 9) for level in (6, 9, 1, 5, 4, 3, 2, 7, 8))
"""Those that are tried, the usual ones first. Streams of level 0 are not compressed at all."""


class NotDeflated(Exception):
    """The bytes are not one stream of deflate of the size that was said. Does not leave this package."""


def undeflated(blocks: Iterable[Buffer], size: int) -> Iterator[bytes]:
    """The ``size`` plain bytes of a stream that fills ``blocks``. Raises NotDeflated for any other."""
    inflater = zlib.decompressobj(_RAW)
    left = size
    try:
        for block in blocks:
            rest: Buffer = block
            if inflater.eof:
                raise NotDeflated("bytes behind the stream")
            while True:
                plain = inflater.decompress(rest, FEED)
                left -= len(plain)
                if left < 0:
                    raise NotDeflated("more than was said")
                if plain:
                    yield plain
                rest = inflater.unconsumed_tail
                if not rest and len(plain) < FEED:
                    break
    except zlib.error as error:
        raise NotDeflated(str(error)) from error
    if left or not inflater.eof or inflater.unused_data:
        raise NotDeflated("less than was said, or bytes behind the stream")


def deflated(blocks: Iterable[Buffer], way: Way) -> Iterator[bytes]:
    """The stream that zlib makes of ``blocks``, whatever their sizes."""
    deflater = zlib.compressobj(way.level, zlib.DEFLATED, _RAW, way.memory)
    for portion in _portions(blocks):
        if made := deflater.compress(portion):
            yield made
    yield deflater.flush()


def reproduces(way: Way, blocks: Iterable[Buffer], size: int) -> bool:
    """Whether ``blocks`` are what zlib makes of their ``size`` plain bytes. Raises NotDeflated."""
    expected = bytearray()

    def noted() -> Iterator[Buffer]:
        for block in blocks:
            expected.extend(block)
            yield block

    for made in deflated(undeflated(noted(), size), way):
        if not expected.startswith(made):
            return False
        del expected[: len(made)]
    return not expected


def begins(way: Way, front: bytes) -> bool:
    """Whether zlib, given what ``front`` begins, would begin so as well, as far as that can be told."""
    inflater, deflater = (
        zlib.decompressobj(_RAW),
        zlib.compressobj(way.level, zlib.DEFLATED, _RAW, way.memory),
    )
    try:
        plain = inflater.decompress(front, 16 * FEED)
    except zlib.error:
        return False
    made = b"".join(deflater.compress(portion) for portion in _portions([plain]))
    shared = min(len(made), len(front))
    return made[:shared] == front[:shared]


def _portions(blocks: Iterable[Buffer]) -> Iterator[Buffer]:
    """The same bytes, ``FEED`` at a time."""
    waiting = bytearray()
    for block in blocks:
        view = memoryview(block)
        while view:
            if not waiting and len(view) >= FEED:
                yield view[:FEED]
                view = view[FEED:]
                continue
            taken = view[: FEED - len(waiting)]
            waiting += taken
            view = view[len(taken) :]
            if len(waiting) == FEED:
                yield bytes(waiting)
                waiting.clear()
    if waiting:
        yield bytes(waiting)
