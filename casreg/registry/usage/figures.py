"""What versions take in a store, as values. Sizes are in bytes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Of some versions that are there: ``stored == packed + metadata``, ``packed == live + dead``, and
    ``plain / live == dedup * compression``."""

    versions: int
    plain: int
    """Of all of them, as loads give them."""
    distinct: int
    """Of their distinct chunks, before encoding."""
    chunks: int
    """How many those are."""
    live: int
    """Of the chunks that they need, with what deltas are built upon, as stored."""
    packs: int
    """How many distinct packs they use."""
    packed: int
    """Of those packs, whole."""
    stored: int
    """Of all that they need: refs, with what is inline in them, packs, indexes, heads, manifests; what
    several of them need counts once."""
    exclusive: int
    """How much of that no other version in the store needs: what deleting them frees, once the undo window
    has ended."""
    history: int
    """What versions of these names that were deleted or overwritten, and nothing else, still hold: it goes
    when the undo window ends."""

    @property
    def metadata(self) -> int:
        """What is stored beside packs."""
        return self.stored - self.packed

    @property
    def dead(self) -> int:
        """What the packs hold and none of these versions needs; the packs' own tables."""
        return self.packed - self.live

    @property
    def dedup(self) -> float:
        """Plain bytes for each that is in a chunk of its own; 0.0 without bytes."""
        return self.plain / self.distinct if self.distinct else 0.0

    @property
    def compression(self) -> float:
        """Distinct plain bytes for each that is stored of chunks; 0.0 without bytes."""
        return self.distinct / self.live if self.live else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionUsage:
    """Of one version."""

    version: str
    created: str
    """ISO 8601."""
    plain: int
    """As a load gives it."""
    stored: int
    """Of all that it needs."""
    added: int
    """How much of that no lower version of the name needs; of all versions together what the name takes."""
    exclusive: int
    """How much of that no other version in the store needs: what deleting it alone frees, once the undo
    window has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameUsage(Usage):
    """Of all versions of a name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameStats(NameUsage):
    """Of all versions of a name, and of each."""

    rows: tuple[VersionUsage, ...] = field(repr=False)
    """The lowest version first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStats(Usage):
    """Of all versions in a store, and of each name."""

    store: str
    """Its URL."""
    held: int
    """Of everything in the store, by one listing."""
    orphaned: int
    """Of blobs that neither versions nor history need: of saves under way, and garbage."""
    rows: tuple[NameUsage, ...] = field(repr=False)
    """By name, sorted."""
