"""What is noted of a version after it was saved (spec/notes.md)."""

from __future__ import annotations

from typing import Any, Literal

from casreg.models.manifest import DigestField
from casreg.models.written import Written


class Notes(Written):
    """All notes of a version, as they are from this generation on."""

    format: Literal[0] = 0
    manifest: DigestField
    """Of the version that they speak of; one that has overwritten it has notes of its own."""
    notes: dict[str, Any]
