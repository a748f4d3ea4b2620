"""The manifest of a version: an OCI image manifest 1.1 (spec/manifest.md).

config is the head, the first layer the index, every further layer a pack.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Base64Bytes, Field

from casreg import mediatypes
from casreg.digest import Digest
from casreg.errors import Corrupt
from casreg.models.base import Document

DigestField = Annotated[str, AfterValidator(Digest.parse)]
Size = Annotated[int, Field(ge=0, lt=1 << 63)]
MAX_LAYERS = 400


class Descriptor(Document):
    """An OCI content descriptor."""

    media_type: str
    digest: DigestField
    size: Size

    @property
    def sha256(self) -> Digest:
        return Digest(self.digest)


class Inline(Descriptor):
    """A descriptor that carries its blob, as OCI's ``data``."""

    data: Base64Bytes


class Manifest(Document):
    schema_version: Literal[2] = 2
    media_type: Literal["application/vnd.oci.image.manifest.v1+json"] = mediatypes.MANIFEST
    artifact_type: str = mediatypes.VERSION
    config: Descriptor
    layers: list[Descriptor]

    @property
    def index(self) -> Descriptor:
        """Raises Corrupt if this is the manifest of something else than a version."""
        if not self.layers or self.layers[0].media_type != mediatypes.INDEX:
            raise Corrupt("the manifest is not one of casreg: its first layer is no index")
        return self.layers[0]

    @property
    def packs(self) -> list[Descriptor]:
        return self.layers[1:]
