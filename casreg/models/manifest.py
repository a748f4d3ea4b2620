"""The manifest of a version: an OCI image manifest 1.1 (spec/manifest.md).

config is the head, the first layer the index, every further layer a pack. A version of more packs
than a manifest has layers is an OCI image index of such manifests, its sections: all have the head
as config, the first begins with the index, and their packs follow each other.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Annotated, Literal, Self

from pydantic import FailFast, Field, model_validator

from casreg import mediatypes
from casreg.digest import Digest
from casreg.errors import Corrupt
from casreg.models.base import Document

DigestField = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
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

    data: str
    """Base64 (RFC 4648, section 4)."""

    def blob(self) -> bytes:
        """Raises Corrupt unless ``data`` is base64 of ``size`` bytes; the digest is not looked at."""
        try:
            blob = b64decode(self.data, validate=True)
        except ValueError as error:
            raise Corrupt(f"inline blob {self.digest} is not base64: {error}") from error
        if len(blob) != self.size:
            raise Corrupt(f"inline blob {self.digest} has {len(blob)} bytes, not {self.size}")
        return blob


class Manifest(Document):
    """An OCI image manifest: a version, or a section of one."""

    schema_version: Literal[2] = 2
    media_type: Literal["application/vnd.oci.image.manifest.v1+json"] = mediatypes.MANIFEST
    artifact_type: Literal[
        "application/vnd.casreg.version.v0+json", "application/vnd.casreg.section.v0+json"
    ] = mediatypes.VERSION
    config: Descriptor
    layers: Annotated[list[Descriptor], FailFast()]

    @model_validator(mode="after")
    def _layers_are_known(self) -> Self:
        kinds = [layer.media_type for layer in self.layers]
        if set(kinds) - {mediatypes.INDEX, mediatypes.PACK} or mediatypes.INDEX in kinds[1:]:
            raise ValueError("a layer is neither the index, at the front, nor a pack")
        if len({layer.digest for layer in self.layers}) != len(kinds):
            raise ValueError("it names a layer twice")
        if self.config.media_type != mediatypes.HEAD:
            raise ValueError(f"its config is {self.config.media_type[:100]!r}, not a head")
        return self

    def continues(self, first: Manifest | None) -> bool:
        """Whether this may be a section after the ``first``, or itself the first if that is None."""
        return self.artifact_type == mediatypes.SECTION and (
            first is None or (self.config == first.config and self.packs == self.layers)
        )

    @property
    def index(self) -> Descriptor:
        """Raises Corrupt if this is the manifest of something else than a version."""
        if not self.layers or self.layers[0].media_type != mediatypes.INDEX:
            raise Corrupt("the manifest is not one of casreg: its first layer is no index")
        return self.layers[0]

    @property
    def packs(self) -> list[Descriptor]:
        """The layers that are packs: all but the index."""
        return [layer for layer in self.layers if layer.media_type != mediatypes.INDEX]


class ImageIndex(Document):
    """An OCI image index: a version in sections."""

    schema_version: Literal[2] = 2
    media_type: Literal["application/vnd.oci.image.index.v1+json"] = mediatypes.IMAGE_INDEX
    artifact_type: Literal["application/vnd.casreg.version.v0+json"] = mediatypes.VERSION
    manifests: Annotated[list[Descriptor], Field(min_length=1), FailFast()]

    @model_validator(mode="after")
    def _sections_differ(self) -> Self:
        if len({section.digest for section in self.manifests}) != len(self.manifests):
            raise ValueError("it names a section twice")
        return self


def decode(media_type: str, data: bytes) -> Manifest | ImageIndex:
    """A manifest of the type its descriptor names. Raises Corrupt for any other type, or bad bytes."""
    if media_type == mediatypes.MANIFEST:
        return Manifest.decode(data)
    if media_type == mediatypes.IMAGE_INDEX:
        return ImageIndex.decode(data)
    raise Corrupt(f"a manifest of media type {media_type[:100]!r} is none that a version has")
