"""The head: the OCI config of a version, what it is and not where its bytes are (spec/manifest.md)."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from casreg.models.base import Document
from casreg.models.manifest import DigestField, Size

MAX_HEAD: Final = 1 << 20


class Head(Document):
    """At most 1 MiB as JSON."""

    format: Literal[0] = 0
    kind: str
    """Which materializer loads it; a word, never a path to code."""
    python_class: str = Field(alias="class")
    """``module.Class`` of what was saved: for people, never imported."""
    materializer: str | None = None
    """Of kind ``custom`` ``module.Class`` of the user's class that reads the parts. Of kind ``tree`` what the
    value is as a whole, if it is an object of a library's: for people."""
    init_params: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    content: str
    size: Size
    """Plain bytes of all parts."""
    stored_size: Size
    """Bytes of all packs that it uses, whole."""
    parts: Size
    parent: DigestField | None = None
    """The manifest that this version continued."""
    nonce: str | None = None
    """Of the save: neither the head's digest recurs, nor that of a section, which names the head. None in
    versions from before heads had one."""
