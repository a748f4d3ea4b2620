"""What happened to a version, to a tag, or to what stands beside a version."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What was done; a plain string is as good."""

    SAVED = "saved"
    """Where there was no such version, or none any more. Copies are saved, too."""
    OVERWRITTEN = "overwritten"
    DELETED = "deleted"
    RESTORED = "restored"
    """By an undo."""
    EMPTIED = "emptied"
    """Saved, overwritten or restored; superseded since, and no longer kept."""
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    PROTECTED = "protected"
    UNPROTECTED = "unprotected"
    NOTED = "noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One of :meth:`casreg.Registry.history`."""

    time: datetime
    """In UTC. When it was written, by the clock of who did; by the store's where nothing says who."""
    action: Action
    name: str
    version: str | None
    """None of a tag that was taken away, if it is not known any more what it stood for."""
    generation: int
    """Of what was written: of a version, of a tag, ...: each is counted by itself."""
    tag: str | None = None
    digest: str | None = None
    """Of the manifest that the version had from then on, or that was noted of."""
    author: str | None = None
    host: str | None = None
    restores: int | None = None
    """The generation of the version that was restored."""
    restorable: bool = False
    """Whether ``undo(..., generation=...)`` can bring this state of the version back."""

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "time": self.time.isoformat(), "action": str(self.action)}
