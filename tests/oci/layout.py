"""A saved version as an OCI image layout: what an export will do, small enough for tests."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

from casreg import Registry, edges
from casreg.models.manifest import Descriptor


def lay_out(registry: Registry, reference: str, directory: Path, tag: str) -> dict[str, bytes]:
    """Write the layout; all its blobs by digest. Blobs that are inline in the ref are written out."""
    with registry.open(reference) as snapshot:
        inline = {blob.digest: b64decode(blob.model_dump()["data"]) for blob in snapshot.ref.inline}
        top = snapshot.ref.manifest
        needed = [top, *edges.references(snapshot.manifest)]
        if snapshot.sections != [snapshot.manifest]:
            needed += [
                descriptor for section in snapshot.sections for descriptor in edges.references(section)
            ]
    blobs = {descriptor.digest: _blob(registry, descriptor, inline) for descriptor in needed}
    folder = directory / "blobs" / "sha256"
    folder.mkdir(parents=True)
    for digest, blob in blobs.items():
        (folder / digest.removeprefix("sha256:")).write_bytes(blob)
    described = {
        "mediaType": top.media_type,
        "digest": top.digest,
        "size": top.size,
        "annotations": {"org.opencontainers.image.ref.name": tag},
    }
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [described],
    }
    (directory / "index.json").write_text(json.dumps(index))
    (directory / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    return blobs


def _blob(registry: Registry, descriptor: Descriptor, inline: dict[str, bytes]) -> bytes:
    if descriptor.digest in inline:
        return inline[descriptor.digest]
    return registry.backend.read(f"blobs/sha256/{descriptor.sha256.hex}")
