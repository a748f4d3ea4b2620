"""What fsck finds, as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["missing", "corrupt", "dangling", "orphan", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    ``missing``: an object that a version or the store needs is not there. ``corrupt``: bytes are not
    what their digest says, contradict themselves, or cannot be read. ``dangling``: a ref whose manifest
    is not there. ``orphan``: an object that nothing needs; no damage, a save that failed or a version
    that was deleted leaves it: a tag of that version, too. ``unknown``: an object that the format has no
    place for.
    """

    kind: Kind
    message: str
    key: str
    """Of the object in the store."""
    name: str | None = None
    version: str | None = None
    generation: int | None = None
    """Given if the version as it now is needs it no longer: of what was overwritten or deleted."""
    part: str | None = None
    tensor: str | None = None
    pack: str | None = None
    offset: int | None = None
    """In the pack."""
    size: int | None = None
    """Bytes, of an orphan."""

    @property
    def harmless(self) -> bool:
        """Whether every version can be loaded all the same."""
        return self.kind == "orphan"

    def facts(self) -> dict[str, Any]:
        """As a dict, without what is not known."""
        return {field: value for field, value in asdict(self).items() if value is not None}
