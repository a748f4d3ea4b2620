"""The media types and annotation keys that casreg writes, and the OCI ones it uses."""

from __future__ import annotations

from typing import Final

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
IMAGE_INDEX: Final = "application/vnd.oci.image.index.v1+json"
VERSION: Final = "application/vnd.casreg.version.v0+json"
"""``artifactType`` of a version's manifest, or of its image index."""
SECTION: Final = "application/vnd.casreg.section.v0+json"
"""``artifactType`` of the manifests in a version's image index."""
HEAD: Final = "application/vnd.casreg.head.v0+json"
INDEX: Final = "application/vnd.casreg.index.v0+zstd"
PACK: Final = "application/vnd.casreg.pack.v0"
