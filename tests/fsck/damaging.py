"""A small store with one of everything, and ways to damage what is in it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from casreg import Registry, mediatypes, refs
from casreg.condemned import Condemned
from casreg.digest import blob_digest
from casreg.fsck import Finding, fsck
from casreg.models.head import Head
from casreg.models.index import Index
from casreg.models.manifest import Descriptor, ImageIndex, Manifest, decode
from casreg.models.ref import Ref
from casreg.models.store import Settings
from casreg.names import Name, Version
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Store

NOISE = np.random.default_rng(0).integers(0, 255, 120_000, np.uint8)
OTHER = np.random.default_rng(1).integers(0, 255, 90_000, np.uint8)
TEXT = np.frombuffer(b"compressible " * 9_000, np.uint8)
NUMBERS = np.random.default_rng(2).normal(0, 0.02, 30_000).astype(np.float32)

LEASE = "leases/" + "1" * 32
CONDEMNED = "condemned/" + "2" * 32
SETTINGS = "settings/r8"


def make_store() -> MemoryStore:
    """``small`` is inline as a whole, of ``net`` version 2 shares a pack with 1, ``wide`` is in sections."""
    store = MemoryStore()
    registry = Registry(store, version_objects=True, mutable=True)
    registry.save("small", {"x": [1, 2, 3], "w": np.arange(50)})
    registry.save("net", {"noise": NOISE, "text": TEXT})
    registry.save("net", {"noise": NOISE, "text": TEXT, "more": OTHER})
    registry.save("wide", {"noise": OTHER[::-1].copy(), "numbers": NUMBERS})
    registry.save("wide", {"noise": OTHER[::-1].copy(), "numbers": NUMBERS, "more": NOISE[::-1].copy()})
    registry.delete("wide@1")
    for reference in ("net@1", "net@2", "wide@2"):
        write_out(store, reference)
    divide(store, "wide@2")
    store.write(LEASE, [b'{"meant":"refs/a/r8~,r8","ttl":3600.0}'])
    store.write(CONDEMNED, [Condemned(blobs=["sha256:" + "0" * 64]).encode()])
    store.write(SETTINGS, [Settings(versioned=True, mutable=True).encode()])
    return store


def findings(store: Store, **options: Any) -> list[Finding]:
    return list(fsck(store, **options))


def ref_key(reference: str, generation: int = 1) -> str:
    name, _, version = reference.partition("@")
    return refs.key(Name.parse(name), Version.parse(version or "1"), generation)


def ref_of(store: Store, reference: str) -> Ref:
    return Ref.decode(store.read(ref_key(reference)))


def blob_key(descriptor: Descriptor) -> str:
    return descriptor.sha256.key


def put_blob(store: Store, media_type: str, data: bytes) -> Descriptor:
    descriptor = Descriptor(media_type=media_type, digest=blob_digest([data]), size=len(data))
    store.write(blob_key(descriptor), [data])
    return descriptor


def write_out(store: Store, reference: str) -> None:
    """The same version, its inline blobs in ``blobs/``."""
    ref = ref_of(store, reference)
    for inline in ref.inline:
        put_blob(store, inline.media_type, inline.blob())
    store.write(ref_key(reference), [ref.model_copy(update={"inline": []}).encode()])


def sections(store: Store, reference: str) -> list[tuple[Descriptor, Manifest]]:
    """The manifests of a version, none of them inline."""
    top = ref_of(store, reference).manifest
    manifest = decode(top.media_type, store.read(blob_key(top)))
    if isinstance(manifest, Manifest):
        return [(top, manifest)]
    return [(d, Manifest.decode(store.read(blob_key(d)))) for d in manifest.manifests]


def point_at(store: Store, reference: str, top: Descriptor) -> None:
    ref = ref_of(store, reference).model_copy(update={"manifest": top})
    store.write(ref_key(reference), [ref.encode()])


def divide(store: Store, reference: str) -> None:
    """The same version, each pack but the first in a section of its own."""
    ((top, whole),) = sections(store, reference)
    store.remove(blob_key(top))
    layers = [whole.layers[:2], *([pack] for pack in whole.layers[2:])]
    each = [
        put_blob(
            store,
            mediatypes.MANIFEST,
            whole.model_copy(update={"artifact_type": mediatypes.SECTION, "layers": some}).encode(),
        )
        for some in layers
    ]
    point_at(store, reference, put_blob(store, mediatypes.IMAGE_INDEX, ImageIndex(manifests=each).encode()))


def lie(
    store: Store,
    reference: str,
    *,
    head: Callable[[Head], Head] = lambda head: head,
    index: Callable[[Index], bytes] = Index.encode,
    manifest: Callable[[Manifest], bytes] = Manifest.encode,
) -> dict[str, str]:
    """Change what a version says of itself, every digest right: the keys of its new blobs by word."""
    ((top, old),) = sections(store, reference)
    sizes = [pack.size for pack in old.packs]
    said = Head.decode(store.read(blob_key(old.config)))
    table = Index.decode(store.read(blob_key(old.index)), sizes)
    for descriptor in (top, old.config, old.index):
        store.remove(blob_key(descriptor))
    new_head = put_blob(store, mediatypes.HEAD, head(said).encode())
    new_index = put_blob(store, mediatypes.INDEX, index(table))
    new = old.model_copy(update={"config": new_head, "layers": [new_index, *old.packs]})
    new_top = put_blob(store, top.media_type, manifest(new))
    point_at(store, reference, new_top)
    return {"head": blob_key(new_head), "index": blob_key(new_index), "manifest": blob_key(new_top)}


def flip(store: Store, key: str, at: int, bit: int = 0) -> None:
    data = bytearray(store.read(key))
    data[at] ^= 1 << bit
    store.write(key, [data])


def chunk_of(store: Store, reference: str, tensor: str) -> tuple[str, int, int, str]:
    """(key of the pack's object, offset, stored bytes, digest of the pack) of a tensor's first chunk."""
    with Registry(store, read_only=True).open(reference) as snapshot:
        found = snapshot.tensors[tensor]
        index, part = snapshot.index, found.part
        for i in range(part.first, part.first + part.count):
            if index.starts[i] - index.starts[part.first] == found.start:
                row = index.sequence[i]
                pack = snapshot.packs[index.chunks.pack[row]]
                return pack.sha256.key, index.chunks.offset[row], index.chunks.stored[row], pack.digest
    raise AssertionError(tensor)
