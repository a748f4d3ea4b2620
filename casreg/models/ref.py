"""What a ref holds: the object that makes a version visible (spec/refs.md)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import FailFast, Field

from casreg.models.manifest import Descriptor, Inline, Size
from casreg.models.written import Written

MAX_INLINE: Final = 16 << 10
"""Bytes of inline blobs in one ref, all together, before base64."""


class Ref(Written):
    """A descriptor of the manifest, with small blobs inline."""

    format: Literal[0] = 0
    manifest: Descriptor
    stored: Size
    """Bytes of packs that this save wrote."""
    flushed: bool = True
    """False if its blobs may not outlive a power cut: a save that must, does not reuse them."""
    inline: Annotated[list[Inline], FailFast()] = []
    restores: Annotated[int, Field(ge=1, lt=10**18)] | None = None
    """The generation whose manifest this is, made visible again by an undo."""

    def blob(self, descriptor: Descriptor) -> bytes | None:
        """The blob, if it is inline; not checked against its digest."""
        for inline in self.inline:
            if inline.digest == descriptor.digest:
                return inline.blob()
        return None
