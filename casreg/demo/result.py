"""What a demo found out. Every number in it was measured, none is written down beforehand."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from casreg.errors import CasregError


class ProofFailed(CasregError):
    """Something that the demo shows is not so: a fault of casreg, or of the disk."""

    kind = "proof-failed"


@dataclass(frozen=True, slots=True)
class SavedVersion:
    version: str
    phase: str
    step: int
    loss: float
    plain: int
    """Bytes of the checkpoint."""
    stored: int
    """Bytes newly stored."""
    chunks: int
    reused: int
    seconds: float


@dataclass(frozen=True, slots=True)
class LazyRead:
    """One tensor, read without the rest."""

    reference: str
    tensor: str
    shape: tuple[int, ...]
    size: int
    version_size: int
    bytes_read: int
    """From the store, for everything: finding the version, its index, the tensor."""
    requests: int


@dataclass(frozen=True, slots=True)
class Damage:
    """A byte was changed, and casreg noticed."""

    file: str
    """Of the pack, relative to the store."""
    position: int
    refusal: str
    """What ``load`` raised, as text."""
    version: str
    part: str
    offset: int


@dataclass
class Result:
    store: str
    kept: bool
    """False if the store was temporary and is gone."""
    name: str = ""
    parameters: int = 0
    text_files: int = 0
    text_bytes: int = 0
    first_loss: float = 0.0
    """After the first step of all."""
    versions: list[SavedVersion] = field(default_factory=list)
    on_disk: int = 0
    """Bytes of all files of the store, after the last save."""
    compared: list[str] = field(default_factory=list)
    """References that were loaded and are equal to what was saved, bit for bit."""
    lazy: LazyRead | None = None
    damage: Damage | None = None
    seconds: float = 0.0

    @property
    def plain(self) -> int:
        return sum(version.plain for version in self.versions)

    @property
    def stored(self) -> int:
        return sum(version.stored for version in self.versions)

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)
