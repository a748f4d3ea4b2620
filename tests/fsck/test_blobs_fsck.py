"""Every way in which a blob can be damaged is found, and said of whom."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from damaging import (
    NOISE,
    blob_key,
    chunk_of,
    findings,
    flip,
    lie,
    make_store,
    point_at,
    put_blob,
    ref_of,
    sections,
)

from casreg import Registry, mediatypes
from casreg.fsck import Finding
from casreg.models import columns
from casreg.models.head import Head
from casreg.models.index import Index
from casreg.models.manifest import ImageIndex, Manifest
from casreg.stores.memory import MemoryStore

Way: TypeAlias = Callable[[MemoryStore, str], None]


@pytest.fixture
def store() -> MemoryStore:
    return make_store()


def absent(store: MemoryStore, key: str) -> None:
    store.remove(key)


def cut_off(store: MemoryStore, key: str) -> None:
    data = store.read(key)
    store.write(key, [data[: len(data) // 2]])


def empty(store: MemoryStore, key: str) -> None:
    store.write(key, [b""])


def longer(store: MemoryStore, key: str) -> None:
    store.write(key, [store.read(key), b"\0"])


def flipped(store: MemoryStore, key: str) -> None:
    flip(store, key, len(store.read(key)) // 2)


def another(store: MemoryStore, key: str) -> None:
    """A valid blob of the same kind, as large as it comes."""
    store.write(key, [store.read(blob_key(sections(store, "net@1")[0][0]))])


def zeros(store: MemoryStore, key: str) -> None:
    store.write(key, [bytes(len(store.read(key)))])


WAYS: list[Way] = [absent, cut_off, empty, longer, flipped, another, zeros]


def blobs_of(store: MemoryStore, reference: str) -> dict[str, str]:
    """Keys of what a version consists of, packs apart."""
    top = ref_of(store, reference).manifest
    found = sections(store, reference)
    blobs = {"head": blob_key(found[0][1].config), "index": blob_key(found[0][1].index)}
    if top.media_type == mediatypes.IMAGE_INDEX:
        blobs["image index"] = blob_key(top)
        blobs |= {f"section {number}": blob_key(d) for number, (d, _) in enumerate(found)}
    else:
        blobs["manifest"] = blob_key(top)
    return blobs


def told(found: list[Finding]) -> list[tuple[str, str, str | None, str | None]]:
    return [(f.kind, f.key, f.name, f.version) for f in found]


def test_the_store_that_is_damaged_here_is_whole(store: MemoryStore) -> None:
    assert findings(store) == []
    assert blobs_of(store, "wide@2").keys() == {"head", "index", "image index", "section 0", "section 1"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("word", ["manifest", "head", "index"])
def test_a_damaged_blob_of_a_version_is_named(store: MemoryStore, word: str, way: Way) -> None:
    key = blobs_of(store, "net@2")[word]
    way(store, key)
    kind = ("dangling" if word == "manifest" else "missing") if way is absent else "corrupt"
    assert told([f for f in findings(store) if not f.harmless]) == [(kind, key, "net", "2")]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("word", ["image index", "section 0", "section 1", "head", "index"])
def test_a_damaged_blob_of_a_version_in_sections_is_named(store: MemoryStore, word: str, way: Way) -> None:
    key = blobs_of(store, "wide@2")[word]
    way(store, key)
    kind = ("dangling" if word == "image index" else "missing") if way is absent else "corrupt"
    assert told([f for f in findings(store) if not f.harmless]) == [(kind, key, "wide", "2")]


@pytest.mark.parametrize("gone", ["section 0", "section 1"])
def test_what_the_sections_that_are_left_reach_is_looked_at_all_the_same(
    store: MemoryStore, gone: str
) -> None:
    left = next(
        manifest
        for d, manifest in sections(store, "wide@2")
        if blob_key(d) != blobs_of(store, "wide@2")[gone]
    )
    pack = blob_key(left.packs[-1])
    flip(store, pack, 5)
    flip(store, blob_key(left.config), 5)
    store.remove(blobs_of(store, "wide@2")[gone])
    found = findings(store)
    assert {f.key for f in found} >= {pack, blob_key(left.config)}
    assert all(f.key not in (blob_key(d) for d in [*left.layers, left.config]) for f in found if f.harmless)


@pytest.mark.parametrize("hashes", [True, False])
def test_every_version_that_needs_a_lost_pack_is_named_with_its_tensors(
    store: MemoryStore, hashes: bool
) -> None:
    key, _, _, pack = chunk_of(store, "net@1", "noise")
    store.remove(key)
    found = findings(store, hashes=hashes)
    assert {(f.kind, f.key, f.name, f.pack) for f in found} == {("missing", key, "net", pack)}
    assert [(f.version, f.part, f.tensor) for f in found] == [
        ("2", "arrays.safetensors", "noise"),
        ("2", "arrays.safetensors", "text"),
        ("1", "value.json", None),
        ("1", "arrays.safetensors", None),  # its header
        ("1", "arrays.safetensors", "noise"),
        ("1", "arrays.safetensors", "text"),
    ]


@pytest.mark.parametrize("tensor", ["noise", "text", "more"])
def test_a_flipped_bit_in_a_pack_names_the_tensor_in_every_version(store: MemoryStore, tensor: str) -> None:
    key, offset, size, pack = chunk_of(store, "net@2", tensor)
    for at in (offset, offset + size // 2, offset + size - 1):
        flip(store, key, at)
        assert [
            (f.kind, f.key, f.name, f.version, f.part, f.tensor, f.pack, f.offset) for f in findings(store)
        ] == [
            ("corrupt", key, "net", version, "arrays.safetensors", tensor, pack, offset)
            for version in (["2"] if tensor == "more" else ["2", "1"])
        ]
        flip(store, key, at)


def test_of_a_short_pack_the_tensors_that_are_cut_off_are_named(store: MemoryStore) -> None:
    key, offset, _, pack = chunk_of(store, "net@1", "text")
    noise = chunk_of(store, "net@1", "noise")[1]
    assert noise < offset, "the test needs the text behind the noise"
    store.write(key, [store.read(key, 0, offset + 1)])
    assert {(f.version, f.tensor, f.offset, f.pack) for f in findings(store)} == {
        (version, *what, pack) for version in "12" for what in ((None, None), ("text", offset))
    }


def test_a_pack_replaced_by_another_is_told_of_every_tensor_in_it(store: MemoryStore) -> None:
    key, _, _, pack = chunk_of(store, "net@1", "noise")
    other = chunk_of(store, "wide@2", "numbers")[0]
    size = len(store.read(key))
    store.write(key, [(store.read(other) * 9)[:size]])
    assert {(f.kind, f.version, f.tensor, f.pack) for f in findings(store)} == {
        ("corrupt", version, tensor, pack)
        for version, tensor in [("1", None), ("1", "noise"), ("1", "text"), ("2", "noise"), ("2", "text")]
    }


def test_damage_to_a_pack_is_told_of_the_versions_whose_index_is_lost_too(store: MemoryStore) -> None:
    key, offset, _, pack = chunk_of(store, "net@1", "noise")
    flip(store, key, offset)
    flip(store, blobs_of(store, "net@2")["index"], 9)
    found = [f for f in findings(store) if f.pack == pack]
    assert {(f.version, f.tensor) for f in found} == {("1", "noise"), ("2", None)}
    flip(store, blobs_of(store, "net@1")["index"], 9)
    found = [f for f in findings(store) if f.pack == pack]
    assert {(f.kind, f.version, f.tensor) for f in found} == {("corrupt", "1", None), ("corrupt", "2", None)}


def test_what_only_an_overwritten_version_needs_is_told_with_its_generation(store: MemoryStore) -> None:
    key = chunk_of(store, "net@2", "more")[0]
    Registry(store).save("net", {"x": np.zeros(3)}, version="2")
    store.remove(key)
    assert {(f.kind, f.version, f.generation, f.tensor) for f in findings(store)} == {
        ("missing", "2", 1, "more"),
        ("missing", "2", 1, None),
    }


def head_of(**changes: object) -> Callable[[Head], Head]:
    return lambda head: head.model_copy(update=changes)


@pytest.mark.parametrize("field", ["content", "size", "stored_size", "parts"])
def test_a_head_that_lies_is_found(store: MemoryStore, field: str) -> None:
    made = lie(store, "net@1", head=head_of(**{field: "blake3:" + "0" * 64 if field == "content" else 77}))
    (found,) = findings(store)
    assert (found.kind, found.key, found.version) == ("corrupt", made["head"], "1")
    assert "77" in found.message or "blake3:000" in found.message


def noise_row(index: Index) -> int:
    return index.chunks.plain.index(NOISE.nbytes)


def other_id(index: Index) -> bytes:
    at = 32 * noise_row(index)
    ids = bytearray(index.chunks.ids)
    ids[at] ^= 1
    index.chunks.ids = ids
    return index.encode()


def other_check(index: Index) -> bytes:
    index.chunks.check[noise_row(index)] ^= 1
    return index.encode()


def other_offset(index: Index) -> bytes:
    index.chunks.offset[noise_row(index)] += 1
    return index.encode()


def other_codec(index: Index) -> bytes:
    index.chunks.codec[noise_row(index)] = 1
    return index.encode()


@pytest.mark.parametrize("change", [other_id, other_check, other_offset, other_codec])
def test_an_index_that_is_wrong_about_a_whole_pack_is_found(
    store: MemoryStore, change: Callable[[Index], bytes]
) -> None:
    pack = chunk_of(store, "net@1", "noise")[3]
    lie(store, "net@1", index=change)
    found = [f for f in findings(store) if f.pack]
    assert [(f.kind, f.name, f.version, f.tensor, f.pack) for f in found] == [
        ("corrupt", "net", "1", "noise", pack)
    ]
    assert found[0].message.endswith("the pack is whole, the index is not")


def outside(index: Index) -> bytes:
    index.chunks.offset[0] = 1 << 40
    return index.encode()


def no_columns(index: Index) -> bytes:
    return columns.encode(b"casregI0", "0" * 32, {})


@pytest.mark.parametrize("change", [outside, no_columns, lambda _: b"rubbish", lambda _: b""])
def test_an_index_that_contradicts_itself_is_named_by_its_own_key(
    store: MemoryStore, change: Callable[[Index], bytes]
) -> None:
    made = lie(store, "net@1", index=change)
    assert told(findings(store)) == [("corrupt", made["index"], "net", "1")]


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"{}",
        lambda _: b"rubbish",
        lambda manifest: manifest.model_copy(update={"layers": manifest.packs}).encode(),
    ],
)
def test_a_manifest_that_makes_no_sense_is_named_by_its_own_key(
    store: MemoryStore, change: Callable[[Manifest], bytes]
) -> None:
    made = lie(store, "net@1", manifest=change)
    assert told([f for f in findings(store) if not f.harmless]) == [("corrupt", made["manifest"], "net", "1")]


def test_a_section_of_another_version_is_no_section_of_this_one(store: MemoryStore) -> None:
    top = ref_of(store, "wide@2").manifest
    ours, theirs = sections(store, "wide@2"), sections(store, "net@1")
    mixed = put_blob(store, top.media_type, ImageIndex(manifests=[ours[0][0], theirs[0][0]]).encode())
    point_at(store, "wide@2", mixed)
    assert told([f for f in findings(store) if not f.harmless]) == [
        ("corrupt", blob_key(theirs[0][0]), "wide", "2")
    ]


def test_orphans_below_a_manifest_that_cannot_be_read_are_not_said_to_be_needed_by_nobody(
    store: MemoryStore,
) -> None:
    store.remove(blobs_of(store, "wide@2")["image index"])
    assert {f.message for f in findings(store) if f.harmless} == {"needed by no version that can be read"}
    assert "needed by no version" not in {f.message for f in findings(store)}
