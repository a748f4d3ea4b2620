"""The media types and annotation keys that casreg writes, and the OCI ones it uses."""

from __future__ import annotations

from typing import Final

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
VERSION: Final = "application/vnd.casreg.version.v0+json"
"""``artifactType`` of a version's manifest."""
HEAD: Final = "application/vnd.casreg.head.v0+json"
INDEX: Final = "application/vnd.casreg.index.v0+zstd"
PACK: Final = "application/vnd.casreg.pack.v0"
