"""What every document that is a generation of something says: when, by whom, under which write id."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, TypedDict

from pydantic import AwareDatetime, Field

from casreg.models.base import Document

MAX_WHO: Final = 200
"""Characters of an author, and of a host's name."""

Who = Annotated[str, Field(min_length=1, max_length=MAX_WHO)]


class Signature(TypedDict):
    """The fields of :class:`Written`."""

    created: datetime
    write: str
    author: str | None
    host: str | None


class Written(Document):
    """One state of a version, of a tag, of what is noted or protected (spec/tags.md)."""

    created: Annotated[AwareDatetime, Field(strict=False)]
    write: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """Write id: random, one per state; tells "ours" from "somebody else's" when an answer was lost."""
    author: Who | None = None
    host: Who | None = None
    """Of the machine that wrote it."""
