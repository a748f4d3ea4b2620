"""What a mirror is planned to do, and what it came to: values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from casreg.digest import Digest
from casreg.errors import CasregError
from casreg.names import Name, Version
from casreg.progress import Progress, silent
from casreg.refs import State
from casreg.registry.copying import Copied


@dataclass(frozen=True)
class Copy:
    """A version that the target is to get."""

    name: Name
    version: Version
    """At the target."""
    digest: Digest
    size: int
    """Bytes of its blobs, whether they are there or not."""
    state: State = field(repr=False, compare=False)
    """In the source."""

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class Clash:
    """A version that is another one at the target; neither is changed."""

    name: Name
    version: Version
    source: Digest
    target: Digest

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class Failure:
    """A version that cannot be copied, or not with its notes."""

    name: Name
    version: Version
    error: CasregError
    """Corrupt, or Unsupported by the target; InvalidInput for notes that are too much with those there."""

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class Mark:
    """One thing that the source says of a version and the target does not: a tag, protection, or notes."""

    name: Name
    version: Version
    """At the target."""
    digest: Digest
    tag: str | None = None
    protected: bool = False
    notes: dict[str, Any] = field(default_factory=dict, hash=False)
    """Those that are to be added or replaced."""

    def __str__(self) -> str:
        keys = "notes: " + ", ".join(self.notes)
        what = f"tag {self.tag}" if self.tag is not None else "protected" if self.protected else keys
        return f"{self.name}@{self.version} {what}"


class Deletion(NamedTuple):
    """A version that the source has not."""

    name: Name
    version: Version
    generation: int

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class MirrorPlan:
    """What :meth:`casreg.Registry.mirror` would do; :meth:`execute` does it."""

    source: str
    target: str
    copies: tuple[Copy, ...]
    present: int
    """How many versions the target has already, as they are."""
    conflicts: tuple[Clash, ...]
    failures: tuple[Failure, ...]
    marks: tuple[Mark, ...]
    deletions: tuple[Deletion, ...]
    bytes: int
    """How many are to be moved: of blobs that the target has not."""
    carry_out: Callable[[MirrorPlan, Progress], Mirrored] = field(repr=False, compare=False)

    def execute(self, progress: Progress = silent) -> Mirrored:
        """Copy, mark, then delete what the plan names; versions that others have changed meanwhile stay."""
        return self.carry_out(self, progress)


@dataclass(frozen=True)
class Mirrored:
    """What a mirror came to."""

    copied: tuple[Copied, ...]
    present: int
    """How many versions the target had already, as they are."""
    conflicts: tuple[Clash, ...]
    failures: tuple[Failure, ...]
    marked: tuple[Mark, ...]
    deleted: tuple[Deletion, ...]
    kept: tuple[Deletion, ...]
    """Those that were to be deleted, and are tagged or protected there."""
    bytes: int
    """How many were moved."""

    @property
    def complete(self) -> bool:
        """Whether the target has all that the source has."""
        return not self.conflicts and not self.failures
