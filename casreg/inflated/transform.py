"""Archive to stream and back. Memory is bounded, whatever the size of a member."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final, TypeAlias

from casreg.digest import Hasher
from casreg.errors import Corrupt, Unsupported
from casreg.inflated.recipe import FRONT, MAX_MEMBERS, MAX_RATIO, Piece, Recipe, parse_front
from casreg.inflated.ways import (
    FEED,
    WAYS,
    Buffer,
    NotDeflated,
    Way,
    begins,
    deflated,
    reproduces,
    undeflated,
)
from casreg.models.base import MAX_DOCUMENT

Read: TypeAlias = Callable[[int, int], bytes]
Run: TypeAlias = Callable[[Callable[..., Any], Iterable[Any]], Iterable[Any]]
Member: TypeAlias = tuple[int, int, int]
"""Where a stream of deflate begins and ends in the file, and how many plain bytes it has."""
_FRONT: Final = 128 << 10
"""Bytes of a member that a way is tried on before it is tried on all of them."""


def find(
    size: int, members: Sequence[Member], read: Read, known: Recipe | None = None, run: Run = map
) -> Recipe | None:
    """How a file of ``size`` bytes is made again of its ``members``, inflated; proved on every byte.

    ``members`` ascend and do not overlap. None if zlib does not give one of them back bit for bit, or
    if they are too many, or more than :data:`MAX_RATIO` times the file. ``read`` gives the bytes of a
    range; ``known`` is the recipe that an earlier file had, and is proved if that was the same file and
    this zlib; ``run`` maps a function over items, as ``map`` does.
    """
    if len(members) > MAX_MEMBERS or sum(plain for _, _, plain in members) > MAX_RATIO * size:
        return None
    digest = _digest(size, read)
    if known and _still_holds(known, size, digest, members):
        return known
    pieces: list[Piece] = []
    reached = 0
    for (start, end, plain), way in zip(members, _ways(members, read, run), strict=False):
        if way is None:
            return None
        if start > reached:
            pieces.append(Piece(start - reached, start - reached))
        pieces.append(Piece(end - start, plain, way))
        reached = end
    if size > reached:
        pieces.append(Piece(size - reached, size - reached))
    recipe = Recipe.of(size, digest, zlib.ZLIB_RUNTIME_VERSION, pieces)
    return recipe if len(recipe.encode()) <= MAX_DOCUMENT else None


def _still_holds(known: Recipe, size: int, digest: str, members: Sequence[Member]) -> bool:
    same_file = (known.size, known.blake3, known.members()) == (size, digest, list(members))
    return same_file and known.zlib == zlib.ZLIB_RUNTIME_VERSION


def _digest(size: int, read: Read) -> str:
    hasher = Hasher()
    for block in _blocks(0, size, read):
        hasher.update(block)
    return hasher.hexdigest()


def _ways(members: Sequence[Member], read: Read, run: Run) -> Iterator[Way | None]:
    """The way of each member, that of the first one tried first on all others."""
    first = _way(WAYS, members[0], read)
    yield first
    if first is not None:
        likely = (first, *(way for way in WAYS if way != first))
        yield from run(partial(_way, likely, read=read), members[1:])


def _way(ways: Iterable[Way], member: Member, read: Read) -> Way | None:
    start, end, plain = member
    front = read(start, min(end, start + _FRONT))
    for way in ways:
        try:
            if begins(way, front) and reproduces(way, _blocks(start, end, read), plain):
                return way
        except NotDeflated:
            return None
    return None


def _blocks(start: int, end: int, read: Read) -> Iterator[bytes]:
    return (read(at, min(end, at + FEED)) for at in range(start, end, FEED))


def inflate(blocks: Iterable[Buffer], recipe: Recipe) -> Iterator[Buffer]:
    """The stream, of ``recipe.plain`` bytes, of the file that ``blocks`` are.

    Raises ValueError, at the latest at the end, if that is not the file that the recipe is for.
    """
    yield recipe.front()
    hasher = Hasher()
    source = _Source(blocks, hasher)
    try:
        for piece in recipe.parts():
            taken = source.take(piece.length)
            yield from taken if piece.way is None else undeflated(taken, piece.plain)
    except (NotDeflated, EOFError) as error:
        raise ValueError("not the file that the recipe is for") from error
    if not source.is_at_its_end() or hasher.hexdigest() != recipe.blake3:
        raise ValueError("not the file that the recipe is for")


def restore(
    blocks: Iterable[Buffer], plain: int, size: int, run: Run = map, at_once: int = 0
) -> Iterator[Buffer]:
    """The file of ``size`` bytes of which the ``plain`` bytes in ``blocks`` are the stream.

    Pieces of at most ``at_once`` bytes of the stream are made whole, by ``run``, which maps a function over
    items as ``map`` does; larger ones block by block.

    What is given is the file only once all of it has been: raises Unsupported, at the latest at the end,
    where this zlib does not make it again. Raises Corrupt for what is no such stream.
    """
    source = _Source(blocks, None)
    try:
        recipe, length = _parsed(source)
        if recipe.size != size or length + sum(piece.plain for piece in recipe.parts()) != plain:
            raise Corrupt("the recipe of an inflated part contradicts the index")
        yield from _proved(_made(source, recipe, run, at_once), recipe)
    except EOFError:
        raise Corrupt("an inflated part is shorter than its recipe says") from None


def recipe_of(blocks: Iterable[Buffer]) -> Recipe:
    """The recipe that a stream begins with. Raises Corrupt."""
    try:
        return _parsed(_Source(blocks, None))[0]
    except EOFError:
        raise Corrupt("an inflated part is shorter than its recipe says") from None


def _parsed(source: _Source) -> tuple[Recipe, int]:
    """A recipe, and how many bytes of the stream are its own."""
    length = parse_front(source.bytes(FRONT.size))
    return Recipe.decode(source.bytes(length)), FRONT.size + length


def _made(source: _Source, recipe: Recipe, run: Run, at_once: int) -> Iterator[Buffer]:
    for small, pieces in groupby(recipe.parts(), lambda piece: piece.plain <= at_once):
        if small:
            yield from run(_whole, ((source.bytes(piece.plain), piece.way) for piece in pieces))
            continue
        for piece in pieces:
            taken = source.take(piece.plain)
            yield from taken if piece.way is None else deflated(taken, piece.way)


def _whole(piece: tuple[bytes, Way | None]) -> bytes:
    plain, way = piece
    return plain if way is None else b"".join(deflated([plain], way))


def _proved(blocks: Iterable[Buffer], recipe: Recipe) -> Iterator[Buffer]:
    hasher, left = Hasher(), recipe.size
    for block in blocks:
        left -= len(block)
        if left < 0:
            raise _other_zlib(recipe)
        hasher.update(block)
        yield block
    if left or hasher.hexdigest() != recipe.blake3:
        raise _other_zlib(recipe)


def place(blocks: Iterable[Buffer], start: int, buffers: Sequence[memoryview]) -> None:
    """Fill ``buffers`` with what lies from ``start`` on in ``blocks``, all of which are asked for."""
    source = _Source(blocks, None)
    for _ in source.take(start):
        pass
    for buffer in buffers:
        at = 0
        for taken in source.take(len(buffer)):
            buffer[at : at + len(taken)] = taken
            at += len(taken)
    while not source.is_at_its_end():
        source.drop()


def _other_zlib(recipe: Recipe) -> Unsupported:
    return Unsupported(
        f"this file was deflated as zlib {recipe.zlib[:40]} does it, and zlib {zlib.ZLIB_RUNTIME_VERSION} of "
        'this Python does not give the same bytes; its arrays can be read: registry.open(...)["name"]',
        zlib=recipe.zlib,
    )


class _Source:
    """Blocks that count as one, taken front to back."""

    def __init__(self, blocks: Iterable[Buffer], hasher: Hasher | None) -> None:
        self._blocks = iter(blocks)
        self._hasher = hasher
        self._view = memoryview(b"")

    def take(self, size: int) -> Iterator[memoryview]:
        """The next ``size`` bytes. Raises EOFError if there are fewer."""
        while size:
            if not self._more():
                raise EOFError
            taken = self._view[:size]
            self._view = self._view[len(taken) :]
            size -= len(taken)
            yield taken

    def bytes(self, size: int) -> bytes:
        return b"".join(self.take(size))

    def drop(self) -> None:
        """Pass over what is at hand."""
        self._view = memoryview(b"")

    def is_at_its_end(self) -> bool:
        return not self._more()

    def _more(self) -> bool:
        while not self._view:
            block = next(self._blocks, None)
            if block is None:
                return False
            if self._hasher:
                self._hasher.update(block)
            self._view = memoryview(block)
        return True
