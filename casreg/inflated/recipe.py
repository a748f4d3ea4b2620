"""What tells how an archive is made again of its inflated members: the front of the stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Annotated, Final, NamedTuple, Self

from pydantic import FailFast, Field, model_validator

from casreg.errors import Corrupt
from casreg.inflated.ways import WAYS, Way
from casreg.models.base import MAX_DOCUMENT, Document

MAGIC: Final = b"casregZ0"
FRONT: Final = Struct("<8sI")
"""Magic, and the length of the recipe that follows."""
MAX_RATIO: Final = 100
"""An archive whose members have more than this times its own bytes is not inflated."""
MAX_MEMBERS: Final = 100_000
"""Nor is one of more members: recipes are documents, of bounded size."""
_Count = Annotated[int, Field(ge=0, lt=1 << 62)]


class Piece(NamedTuple):
    """A stretch of the file."""

    length: int
    """Bytes in the file."""
    plain: int
    """Bytes in the stream."""
    way: Way | None = None
    """How it is deflated; None if it stands in the stream as in the file."""


class Recipe(Document):
    """Canonical JSON."""

    size: _Count
    """Of the file."""
    blake3: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of the file."""
    zlib: Annotated[str, Field(max_length=100)]
    """The version of zlib that was seen to make it again."""
    pieces: Annotated[list[Annotated[list[_Count], FailFast()]], FailFast()]
    """[length], or [length, plain, level, memory]; end to end the file."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        for piece in self.pieces:
            if len(piece) != 1 and (len(piece) != 4 or Way(*piece[2:]) not in WAYS):
                raise ValueError("a piece of an unknown kind")
        if sum(piece[0] for piece in self.pieces) != self.size:
            raise ValueError("the pieces are not the file")
        return self

    @classmethod
    def of(cls, size: int, blake3: str, zlib: str, pieces: Sequence[Piece]) -> Self:
        listed = [[p.length, p.plain, *p.way] if p.way else [p.length] for p in pieces]
        return cls(size=size, blake3=blake3, zlib=zlib, pieces=listed)

    def parts(self) -> Iterator[Piece]:
        for piece in self.pieces:
            yield Piece(piece[0], piece[1], Way(*piece[2:])) if len(piece) == 4 else Piece(piece[0], piece[0])

    def members(self) -> list[tuple[int, int, int]]:
        """Where each deflated piece begins and ends in the file, and its plain bytes."""
        found, at = [], 0
        for piece in self.parts():
            if piece.way:
                found.append((at, at + piece.length, piece.plain))
            at += piece.length
        return found

    def front(self) -> bytes:
        """What the stream begins with."""
        text = self.encode()
        return FRONT.pack(MAGIC, len(text)) + text

    @property
    def plain(self) -> int:
        """Bytes of the stream."""
        return len(self.front()) + sum(piece.plain for piece in self.parts())


def parse_front(front: bytes) -> int:
    """How long the recipe is that follows. Raises Corrupt."""
    magic, length = FRONT.unpack(front)
    if magic != MAGIC or length > MAX_DOCUMENT:
        raise Corrupt("a part that is stored inflated does not begin with a recipe")
    return int(length)
