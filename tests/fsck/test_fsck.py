"""Every kind of damage is found and named; a whole store has nothing to report."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from casreg import Corrupt, Registry
from casreg.fsck import Finding, fsck
from casreg.stores.memory import MemoryStore

ARRAYS = {
    "noise": np.random.default_rng(0).integers(0, 255, 300_000, np.uint8),
    "text": np.frombuffer(b"compressible " * 40_000, np.uint8),
}


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    registry = Registry(store, version_objects=True, mutable=True)
    registry.save("small", [1, 2, 3])
    registry.save("net", ARRAYS)
    registry.save("net", {**ARRAYS, "more": np.random.default_rng(1).integers(0, 255, 400_000, np.uint8)})
    registry.save("gone", 1)
    registry.delete("gone")
    return store


def findings(store: MemoryStore, **options: Any) -> list[Finding]:
    return list(fsck(store, **options))


def flip(store: MemoryStore, key: str, at: int) -> None:
    data = bytearray(store.read(key))
    data[at] ^= 1
    store.write(key, [data])


def pack_of(store: MemoryStore, reference: str, tensor: str) -> tuple[str, int, str]:
    """(key, offset, digest) of the chunk that a tensor begins with."""
    with Registry(store).open(reference) as snapshot:
        part, found = snapshot.tensors[tensor]
        index = snapshot.index
        for i in range(part.first, part.first + part.count):
            if index.starts[i] - index.starts[part.first] == found.start:
                row = index.sequence[i]
                digest = snapshot.packs[index.chunks.pack[row]].digest
                return f"blobs/sha256/{digest[7:]}", index.chunks.offset[row], digest
    raise AssertionError(tensor)


def test_a_whole_store_has_nothing_to_report(store: MemoryStore) -> None:
    seen: list[tuple[int, int | None]] = []
    assert findings(store, progress=lambda done, total: seen.append((done, total))) == []
    assert seen[-1][0] == seen[-1][1] > 300_000
    assert findings(MemoryStore()) == []


def test_a_damaged_chunk_is_named_in_every_version_that_uses_it(store: MemoryStore) -> None:
    key, offset, digest = pack_of(store, "net@1", "noise")
    flip(store, key, offset + 1000)
    found = findings(store)
    assert [(f.kind, f.name, f.version, f.part, f.tensor, f.pack, f.offset) for f in found] == [
        ("corrupt", "net", version, "arrays.safetensors", "noise", digest, offset) for version in ("2", "1")
    ]
    assert findings(store, hashes=False) == []


def test_damage_where_nobody_reads_is_found_too(store: MemoryStore) -> None:
    key, _, digest = pack_of(store, "net@1", "noise")
    flip(store, key, len(store.read(key)) - 20)
    (found,) = findings(store)
    assert (found.kind, found.pack, found.name) == ("corrupt", digest, None)
    assert "no version reads" in found.message


def test_a_missing_pack_is_missing_and_a_short_one_corrupt(store: MemoryStore) -> None:
    key, _, _ = pack_of(store, "net@1", "noise")
    good = store.read(key)
    store.write(key, [good[:-1]])
    assert {(f.kind, f.key, f.version) for f in findings(store)} == {
        ("corrupt", key, "1"),
        ("corrupt", key, "2"),
    }
    store.remove(key)
    assert {(f.kind, f.key, f.version) for f in findings(store)} == {
        ("missing", key, "1"),
        ("missing", key, "2"),
    }


def test_a_ref_whose_manifest_is_gone_dangles() -> None:
    store = MemoryStore()
    # A head too large for the ref keeps the index out of it, the manifest stays inline: take it out.
    registry = Registry(store, version_objects=True)
    registry.save("m", ARRAYS, metadata={"text": "x" * 30_000})
    with registry.open("m") as snapshot:
        outside = snapshot.ref.model_copy(update={"inline": []})
        manifest = snapshot.ref.blob(snapshot.ref.manifest)
        key = next(e.key for e in store.scan("refs/m/"))
    assert manifest is not None
    blob = f"blobs/sha256/{outside.manifest.sha256.hex}"
    store.write(key, [outside.encode()])
    store.write(blob, [manifest])
    assert findings(store) == []
    store.remove(blob)
    assert [(f.kind, f.key, f.name, f.version) for f in findings(store, hashes=False) if not f.harmless] == [
        ("dangling", blob, "m", "1")
    ]


@pytest.mark.parametrize("which", ["index", "head"])
def test_damaged_and_missing_tables_are_named(which: str) -> None:
    store = MemoryStore()
    registry = Registry(store, version_objects=True)
    registry.save("m", ARRAYS, metadata={"text": "x" * 30_000})
    with registry.open("m") as snapshot:
        descriptor = snapshot.sections[0].index if which == "index" else snapshot.sections[0].config
        ref, key = snapshot.ref, next(e.key for e in store.scan("refs/m/"))
    blob = f"blobs/sha256/{descriptor.sha256.hex}"
    inline = ref.blob(descriptor)
    if inline is not None:
        kept = [b for b in ref.inline if b.digest != descriptor.digest]
        store.write(key, [ref.model_copy(update={"inline": kept}).encode()])
        store.write(blob, [inline])
    flip(store, blob, 40)
    assert [(f.kind, f.key, f.name, f.version) for f in findings(store)] == [("corrupt", blob, "m", "1")]
    store.remove(blob)
    assert [(f.kind, f.key, f.name, f.version) for f in findings(store)] == [("missing", blob, "m", "1")]


def test_an_unreadable_ref_is_corrupt(store: MemoryStore) -> None:
    key = next(e.key for e in store.scan("refs/small/"))
    store.write(key, [b"rubbish"])
    (found,) = findings(store)
    assert (found.kind, found.key, found.name, found.version) == ("corrupt", key, "small", "1")


def test_a_damaged_inline_blob_is_corrupt(store: MemoryStore) -> None:
    key = next(e.key for e in store.scan("refs/small/"))
    ref = store.read(key)
    at = ref.index(b'"data":"') + 20
    store.write(key, [ref[:at] + (b"A" if ref[at : at + 1] != b"A" else b"B") + ref[at + 1 :]])
    assert [(f.kind, f.name) for f in findings(store)] == [("corrupt", "small")]


def test_orphans_are_told_with_their_size_and_are_harmless(store: MemoryStore) -> None:
    store.write("blobs/sha256/" + "0" * 64, [b"left by a crash"])
    (found,) = findings(store)
    assert (found.kind, found.size, found.harmless) == ("orphan", 15, True)


@pytest.mark.parametrize(
    "key", ["notes.txt", "refs/a", "refs/a/b/c", "refs/%zz/r8~,r8", "refs/a/x,r8", "refs/a/r8~,00"]
)
def test_what_has_no_place_in_the_format_is_unknown(store: MemoryStore, key: str) -> None:
    store.write(key, [b"?"])
    assert [(f.kind, f.key) for f in findings(store)] == [("unknown", key)]


def test_superseded_and_deleted_generations_still_hold_their_blobs(store: MemoryStore) -> None:
    registry = Registry(store)
    registry.save("net", ARRAYS, version="1")
    registry.delete("net")
    assert findings(store) == []


def test_a_save_in_the_middle_of_fsck_is_not_damage(store: MemoryStore) -> None:
    inner = store

    class Saving(MemoryStore):
        saved = False

        def scan(self, prefix: str, after: str = "") -> Any:
            for entry in inner.scan(prefix, after):
                if entry.key.startswith("refs/") and not self.saved:
                    self.saved = True
                    Registry(inner).save("aaa", ARRAYS)
                    yield from inner.scan(prefix, entry.key[:5])
                    return
                yield entry

        read = property(lambda self: inner.read)  # type: ignore[assignment]
        stat = property(lambda self: inner.stat)  # type: ignore[assignment]
        read_into = property(lambda self: inner.read_into)  # type: ignore[assignment]

    watching: Callable[..., Any] = Saving
    assert [f for f in fsck(watching()) if not f.harmless] == []


def test_what_fsck_calls_corrupt_load_refuses(store: MemoryStore) -> None:
    key, offset, _ = pack_of(store, "net@2", "more")
    flip(store, key, offset)
    assert {f.version for f in findings(store)} == {"2"}
    assert Registry(store).load("net@1")
    with pytest.raises(Corrupt):
        Registry(store).load("net@2")
