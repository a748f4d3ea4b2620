"""Archives of deflated arrays as parts: saved inflated, where that can be undone bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Final

from casreg.borders import Layout, Member, deflated, inflated
from casreg.config import Limits
from casreg.errors import CasregError, Conflict
from casreg.inflated import Recipe, find, inflate, recipe_of, undeflated
from casreg.materializers.layouts import Read, reading
from casreg.materializers.protocol import Past
from casreg.materializers.walk import Found
from casreg.parallel import Pool
from casreg.parts import Source, Stream

_SMALLEST: Final = 64 << 10
"""Bytes of a file that is worth it: a smaller one is a chunk or two."""
_BLOCK: Final = 1 << 20
Open = Callable[[], AbstractContextManager[Source]]


@dataclass(frozen=True)
class Archive:
    """A file that is saved as the stream of its recipe."""

    recipe: Recipe
    layout: Layout
    """Of the stream."""

    def stream(self, path: str, open: Open) -> Stream:
        """The stream of the file behind ``open``, which may have changed since: Conflict then."""
        return Stream(partial(_opened, path, open, self.recipe), self.recipe.plain)


def archive(found: Found, past: Past) -> Archive | None:
    """How the file is saved inflated; None where it cannot be, or need not. Reads all of the file.

    That it is the same file which is read later, its stamp proves, and its digest.
    """
    if found.size < _SMALLEST:
        return None
    try:
        with reading(found) as read:
            members = deflated(found.size, read)
            return _archive(found.size, members, read, _known(found, past)) if members else None
    except OSError:
        return None  # told when it is saved


def _known(found: Found, past: Past) -> Recipe | None:
    """How the file was saved before."""
    try:
        blocks = past(found.path, found.size)
        return recipe_of(blocks) if blocks is not None else None
    except CasregError:
        return None  # it is found again


def _archive(size: int, members: list[Member], read: Read, known: Recipe | None) -> Archive | None:
    ended = Event()

    def reads(start: int, stop: int) -> bytes:
        if ended.is_set():
            raise CancelledError
        return read(start, stop)

    with Pool(Limits().workers) as pool:
        streams = [(m.start, m.end, m.full) for m in members if m.full is not None]
        recipe = find(size, streams, reads, known, partial(pool.map, ending=ended))
    if recipe is None:
        return None
    layout = inflated(recipe.plain, list(_placed(recipe, members)), partial(_front, read))
    return Archive(recipe, layout) if layout else None


def _placed(recipe: Recipe, members: list[Member]) -> Iterator[tuple[Member, int]]:
    """Each member, and where in the stream its data begins."""
    shift = len(recipe.front())
    for member in members:
        yield member, member.start + shift
        if member.full is not None:
            shift += member.full - (member.end - member.start)


def _front(read: Read, member: Member, stop: int) -> bytes:
    """The first ``stop`` bytes of what is in a member."""
    if member.full is None:
        return read(member.start, member.start + stop)
    blocks = (read(at, min(at + 4096, member.end)) for at in range(member.start, member.end, 4096))
    found = bytearray()
    for block in undeflated(blocks, member.full):
        found += block
        if len(found) >= stop:
            break
    return bytes(found[:stop])


@contextmanager
def _opened(path: str, open: Open, recipe: Recipe) -> Iterator[Source]:
    with open() as source:
        inflating = _Inflating(path, inflate(_blocks(source), recipe))
        yield inflating
        inflating.require_end()  # only there is the digest compared


def _blocks(source: Source) -> Iterator[memoryview]:
    """A block is gone when the next one is asked for."""
    buffer = memoryview(bytearray(_BLOCK))
    while count := source.readinto(buffer):
        yield buffer[:count]


class _Inflating:
    """Blocks as a source."""

    def __init__(self, path: str, blocks: Iterator[bytes | memoryview]) -> None:
        self._path, self._blocks = path, blocks
        self._view = memoryview(b"")

    def readinto(self, buffer: memoryview, /) -> int:
        if not self._more():
            return 0
        count = min(len(buffer), len(self._view))
        buffer[:count] = self._view[:count]
        self._view = self._view[count:]
        return count

    def require_end(self) -> None:
        """Raise Conflict unless all was read, and is the file of the recipe."""
        if self._more():
            raise self._changed()

    def _more(self) -> bool:
        try:
            while not self._view:
                block = next(self._blocks, None)
                if block is None:
                    return False
                self._view = memoryview(block)
        except ValueError:
            raise self._changed() from None
        return True

    def _changed(self) -> Conflict:
        return Conflict(f"{self._path} changed while it was read; nothing was saved", path=self._path)
