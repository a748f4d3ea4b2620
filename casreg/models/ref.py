"""What a ref holds: the object that makes a version visible (spec/refs.md)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, FailFast, Field

from casreg.models.base import Document
from casreg.models.manifest import Descriptor, Inline, Size

MAX_INLINE: Final = 16 << 10
"""Bytes of inline blobs in one ref, all together, before base64."""


class Ref(Document):
    """A descriptor of the manifest, with small blobs inline."""

    format: Literal[0] = 0
    manifest: Descriptor
    created: Annotated[AwareDatetime, Field(strict=False)]
    write: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """Write id: random, one per save; tells "ours" from "somebody else's" when an answer was lost."""
    stored: Size
    """Bytes of packs that this save wrote."""
    flushed: bool = True
    """False if its blobs may not outlive a power cut: a save that must, does not reuse them."""
    inline: Annotated[list[Inline], FailFast()] = []

    def blob(self, descriptor: Descriptor) -> bytes | None:
        """The blob, if it is inline; not checked against its digest."""
        for inline in self.inline:
            if inline.digest == descriptor.digest:
                return inline.blob()
        return None
