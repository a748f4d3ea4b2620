"""The small blobs of a version, and which of its blobs travel inline in the ref."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from casreg import mediatypes
from casreg.digest import blob_digest
from casreg.errors import InvalidInput
from casreg.models.head import MAX_HEAD, Head
from casreg.models.manifest import MAX_LAYERS, Descriptor, ImageIndex, Inline, Manifest
from casreg.models.ref import MAX_INLINE
from casreg.writer.write import Write, Written


@dataclass(frozen=True)
class Assembled:
    """A version whose blobs are durable or inline: only its ref is missing."""

    manifest: Descriptor
    inline: list[Inline]
    stored: int
    """Bytes of new packs."""


def assemble(write: Write, written: Written, head: Head) -> Assembled:
    """Write index, head, sections and manifest, in this order; or keep them, and a small only pack, inline.

    All blobs of a version or none of its packs are inline: chunks of an inline pack belong to
    their ref alone. Raises InvalidInput when the head, which holds the user's metadata, is larger than 1 MiB.
    """
    index, config = written.index.encode(), head.encode()
    if len(config) > MAX_HEAD:
        raise InvalidInput(f"metadata and the rest of the head take {len(config)} bytes, 1 MiB at most")
    pack = written.inline
    packs = written.packs if pack is None else [_describe(mediatypes.PACK, pack)]
    described_index, described_head = _describe(mediatypes.INDEX, index), _describe(mediatypes.HEAD, config)
    layers = [described_index, *packs]
    if len(layers) <= MAX_LAYERS:
        manifest = Manifest(config=described_head, layers=layers).encode()
        described = _describe(mediatypes.MANIFEST, manifest)
        sections = []
    else:
        sections = _sections(described_head, layers)
        manifest = ImageIndex(manifests=[descriptor for descriptor, _ in sections]).encode()
        described = _describe(mediatypes.IMAGE_INDEX, manifest)

    wanted = [(described, manifest), (described_head, config), (described_index, index)]
    if pack is not None:
        everything = [*wanted, (packs[0], pack)]
        if sum(len(data) for _, data in everything) <= MAX_INLINE:
            return Assembled(described, [_inline(d, data) for d, data in everything], len(pack))
        write(packs[0].sha256.key, [pack])
    inline, left = [], MAX_INLINE
    for descriptor, data in wanted:
        if len(data) > left:
            break
        inline.append(_inline(descriptor, data))
        left -= len(data)
    written_last = [] if inline else [wanted[0]]
    for descriptor, data in [*wanted[max(1, len(inline)) :][::-1], *sections, *written_last]:
        write(descriptor.sha256.key, [data])
    return Assembled(described, inline, written.stored)


def _sections(head: Descriptor, layers: list[Descriptor]) -> list[tuple[Descriptor, bytes]]:
    sections = []
    for start in range(0, len(layers), MAX_LAYERS):
        section = Manifest(
            artifact_type=mediatypes.SECTION, config=head, layers=layers[start : start + MAX_LAYERS]
        ).encode()
        sections.append((_describe(mediatypes.MANIFEST, section), section))
    return sections


def _describe(media_type: str, data: bytes) -> Descriptor:
    return Descriptor(media_type=media_type, digest=blob_digest([data]), size=len(data))


def _inline(descriptor: Descriptor, data: bytes) -> Inline:
    return Inline(
        media_type=descriptor.media_type,
        digest=descriptor.digest,
        size=descriptor.size,
        data=b64encode(data).decode(),
    )
