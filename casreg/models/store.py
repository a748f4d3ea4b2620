"""What a store says of itself: ``casreg.json``, and the settings that may change (spec/store.md)."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, FailFast, Field, model_validator

from casreg import canonical
from casreg.errors import Corrupt, Unsupported
from casreg.models.base import Document

READER_FEATURES: frozenset[str] = frozenset({"planes", "delta", "inflated"})
"""Features of stores that this casreg can read."""
WRITER_FEATURES: frozenset[str] = frozenset({"leases"})
"""Features of stores that this casreg can write to."""


MAX_CUT: Final = 2 << 20
"""Bytes of a chunk that a cutter may make: half of the smallest buffer that sources are read into."""


class ContentChunking(Document):
    """FastCDC 2020, sizes in bytes."""

    algorithm: Literal["fastcdc2020"] = "fastcdc2020"
    min_size: Annotated[int, Field(ge=64, le=1 << 20)] = 64 << 10
    avg_size: Annotated[int, Field(ge=256, le=4 << 20)] = 256 << 10
    max_size: Annotated[int, Field(ge=1024, le=MAX_CUT)] = 1 << 20
    normalization: Annotated[int, Field(ge=0, le=3)] = 2

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.min_size <= self.avg_size <= self.max_size:
            raise ValueError("minSize <= avgSize <= maxSize does not hold")
        return self


class BlockChunking(Document):
    """Tensors: fixed blocks, and runs of small tensors that share chunks; sizes in bytes."""

    block_size: Annotated[int, Field(ge=1 << 10, le=MAX_CUT)] = 1 << 20
    small: Annotated[int, Field(ge=0, le=MAX_CUT // 2)] = 64 << 10
    """A tensor below this size shares chunks with its neighbours."""
    group_size: Annotated[int, Field(ge=1 << 10, le=MAX_CUT // 2)] = 256 << 10
    """A shared chunk ends with the tensor that brings it to this size."""


class Chunking(Document):
    content: ContentChunking = ContentChunking()
    blocks: BlockChunking = BlockChunking()


class Features(Document):
    """What a casreg must know of to read a store, and to write to it."""

    reader: Annotated[list[str], FailFast()] = ["planes", "delta", "inflated"]
    writer: Annotated[list[str], FailFast()] = ["leases"]
    """``planes``: chunks of codec 2. ``delta``: of codec 3. ``inflated``: parts that are archives stored
    inflated. ``leases``: writers follow spec/leases.md, so that a janitor may delete."""


class Settings(Document):
    """Durations in seconds."""

    versioned: bool = False
    mutable: bool = False
    version_digits: Annotated[int, Field(ge=1, le=8)] | None = None
    """How many parts versions have; None: as many as were typed."""
    grace: Annotated[float, Field(ge=0)] = 86400.0
    undo_window: Annotated[float, Field(ge=0)] | None = None
    """None: as long as ``grace``."""
    read_amplification: Annotated[float, Field(ge=1)] = 2.0
    materializers: dict[str, str] | None = None
    """``module.Class`` of objects, and of what keeps them: users' own."""

    @property
    def undo_seconds(self) -> float:
        """Seconds that superseded generations are kept: the undo window."""
        return self.grace if self.undo_window is None else self.undo_window


class StoreConfig(Document):
    """``casreg.json``: written once, when the store is made."""

    format: int = 0
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    created: Annotated[AwareDatetime, Field(strict=False)]
    chunking: Chunking = Chunking()
    features: Features = Features()
    settings: Settings = Settings()
    """The first settings; ``settings/<generation>`` holds later ones."""

    def require_readable(self) -> None:
        """Raise Unsupported for what this casreg does not know how to read."""
        _require_format(self.format)
        _require(self.features.reader, READER_FEATURES, "read")

    def require_writable(self) -> None:
        """Raise Unsupported for what this casreg does not know how to write."""
        self.require_readable()
        _require(self.features.writer, WRITER_FEATURES, "write")


def _require(wanted: list[str], known: frozenset[str], verb: str) -> None:
    unknown = sorted(set(wanted) - known)
    if unknown:
        raise Unsupported(
            f"the store needs the feature {', '.join(unknown)[:200]} to {verb} it: upgrade casreg",
            features=unknown,
        )


def parse_config(data: bytes) -> StoreConfig:
    """``casreg.json`` as read; Unsupported for a newer format, Corrupt for anything else unreadable."""
    try:
        config = StoreConfig.decode(data)
    except Corrupt as error:
        _refuse_newer(data)
        raise Corrupt(f"casreg.json cannot be read: {error.message}") from error
    config.require_readable()
    return config


def _refuse_newer(data: bytes) -> None:
    """A document of another format need not fit the model of this one."""
    try:
        number = canonical.loads(data)["format"]
    except (ValueError, TypeError, KeyError):
        return
    if type(number) is int:
        _require_format(number)


def _require_format(number: int) -> None:
    if number != 0:
        raise Unsupported(f"the store is of format {number}, this casreg reads format 0", format=number)
