"""Every way in which a ref, or a blob inline in it, can be damaged is found, and said of whom."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import pytest
from damaging import findings, make_store, ref_key, ref_of

from casreg import Registry
from casreg.mediatypes import HEAD, INDEX, MANIFEST, PACK
from casreg.models.manifest import Inline
from casreg.stores.memory import MemoryStore

KEY = ref_key("small@1")


@pytest.fixture
def store() -> MemoryStore:
    return make_store()


def only(store: MemoryStore) -> tuple[str, str, str | None, str | None]:
    (found,) = findings(store)
    return found.kind, found.key, found.name, found.version


@pytest.mark.parametrize(
    "change",
    [
        lambda ref: b"rubbish",
        lambda ref: ref[: len(ref) // 2],
        lambda ref: ref[:-1],
        lambda ref: bytes(len(ref)),
        lambda ref: ref + b"}",
        lambda ref: ref.replace(b'"format":0', b'"format":1'),
        lambda ref: ref.replace(b'"manifest"', b'"manifests"'),
        lambda ref: ref.replace(b"sha256:", b"sha512:"),
        lambda ref: b"[" * 100_000,
        lambda ref: ref.replace(b'"created"', b'"created":"then","c"'),
    ],
)
def test_a_ref_that_cannot_be_read_is_corrupt(store: MemoryStore, change: Callable[[bytes], bytes]) -> None:
    store.write(KEY, [change(store.read(KEY))])
    assert only(store) == ("corrupt", KEY, "small", "1")


def test_a_ref_replaced_by_one_of_another_kind_of_object_is_corrupt(store: MemoryStore) -> None:
    store.write(KEY, [store.read("casreg.json")])
    assert only(store) == ("corrupt", KEY, "small", "1")


def with_inline(store: MemoryStore, media_type: str, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(store.read(KEY))
    for inline in document["inline"]:
        if inline["mediaType"] == media_type:
            change(inline)
    store.write(KEY, [json.dumps(document).encode()])


def flipped(inline: dict[str, Any]) -> None:
    data = bytearray(b64decode(inline["data"]))
    data[len(data) // 2] ^= 1
    inline["data"] = b64encode(data).decode()


def cut_off(inline: dict[str, Any]) -> None:
    inline["data"] = b64encode(b64decode(inline["data"])[:-1]).decode()


def cut_off_as_said(inline: dict[str, Any]) -> None:
    cut_off(inline)
    inline["size"] -= 1


def longer_as_said(inline: dict[str, Any]) -> None:
    inline["data"] = b64encode(b64decode(inline["data"]) + b"\0").decode()
    inline["size"] += 1


def no_base64(inline: dict[str, Any]) -> None:
    inline["data"] = "*" + inline["data"][1:]


def empty(inline: dict[str, Any]) -> None:
    inline["data"] = ""


INLINE = [flipped, cut_off, cut_off_as_said, longer_as_said, no_base64, empty]


@pytest.mark.parametrize("change", INLINE)
@pytest.mark.parametrize("media_type", [MANIFEST, HEAD, INDEX])
def test_a_damaged_inline_table_is_named_by_its_ref(
    store: MemoryStore, media_type: str, change: Callable[[dict[str, Any]], None]
) -> None:
    with_inline(store, media_type, change)
    assert only(store) == ("corrupt", KEY, "small", "1")


@pytest.mark.parametrize("change", INLINE)
def test_a_damaged_inline_pack_is_named_by_its_ref_part_and_tensor(
    store: MemoryStore, change: Callable[[dict[str, Any]], None]
) -> None:
    pack = next(blob.digest for blob in ref_of(store, "small").inline if blob.media_type == PACK)
    with_inline(store, PACK, change)
    found = findings(store)
    assert {(f.kind, f.key, f.name, f.version, f.pack) for f in found} == {
        ("corrupt", KEY, "small", "1", pack)
    }
    if change in (no_base64, empty):
        assert {(f.part, f.tensor) for f in found if f.part} == {
            ("value.json", None),
            ("arrays.safetensors", "w"),
        }


def test_a_flipped_bit_in_each_byte_of_an_inline_pack_names_what_lies_there(store: MemoryStore) -> None:
    with Registry(store).open("small") as snapshot:
        index = snapshot.index
        stop = max(o + n for o, n in zip(index.chunks.offset, index.chunks.stored, strict=True))
    inline = next(blob for blob in ref_of(store, "small").inline if blob.media_type == PACK)
    whole = store.read(KEY)
    for at in range(0, inline.size, 7):
        with_inline(store, PACK, lambda blob, at=at: blob.update(data=b64flip(blob["data"], at)))
        found = findings(store)
        assert {(f.kind, f.key, f.pack) for f in found} == {("corrupt", KEY, inline.digest)}
        assert all((f.part is not None) == (at < stop) for f in found)
        store.write(KEY, [whole])


def b64flip(data: str, at: int) -> str:
    plain = bytearray(b64decode(data))
    plain[at] ^= 1
    return b64encode(plain).decode()


@pytest.mark.parametrize("media_type", [MANIFEST, HEAD, INDEX, PACK])
def test_an_inline_blob_that_was_taken_out_is_missing(store: MemoryStore, media_type: str) -> None:
    ref = ref_of(store, "small")
    gone = next(blob for blob in ref.inline if blob.media_type == media_type)
    kept = [blob for blob in ref.inline if blob != gone]
    store.write(KEY, [ref.model_copy(update={"inline": kept}).encode()])
    found = findings(store)
    assert {
        (f.kind, f.key, f.name) for f in found if not (media_type == MANIFEST and f.kind == "corrupt")
    } == {("dangling" if media_type == MANIFEST else "missing", f"blobs/sha256/{gone.digest[7:]}", "small")}


def test_inline_blobs_that_break_the_rules_are_told(store: MemoryStore) -> None:
    ref = ref_of(store, "small")
    foreign = Inline(
        media_type=PACK, digest="sha256:" + "a" * 64, size=20_000, data=b64encode(bytes(20_000)).decode()
    )
    store.write(KEY, [ref.model_copy(update={"inline": [*ref.inline, foreign, foreign]}).encode()])
    assert [(f.kind, f.key, f.message) for f in findings(store)] == [
        ("corrupt", KEY, "the ref has a blob inline twice"),
        ("corrupt", KEY, "the ref has more than 16384 bytes inline"),
        ("corrupt", KEY, "the ref has a blob inline that is none of its version's"),
    ]


def test_of_two_refs_with_the_same_inline_blobs_the_damaged_one_is_named(store: MemoryStore) -> None:
    twin = ref_key("twin@1")
    store.write(twin, [store.read(KEY)])
    assert findings(store) == []
    with_inline(store, PACK, flipped)
    assert {(f.key, f.name) for f in findings(store)} == {(KEY, "small")}
    store.write(twin, [store.read(KEY)])
    assert {(f.key, f.name) for f in findings(store)} == {(KEY, "small"), (twin, "twin")}


def test_damage_to_what_was_deleted_or_overwritten_is_told_with_the_generation(store: MemoryStore) -> None:
    registry = Registry(store)
    registry.save("small", 7, version="1")
    store.write(KEY, [b"rubbish"])
    store.write(ref_key("wide@1"), [b"rubbish"])  # a tombstone stands above it
    found = [(f.kind, f.name, f.version, f.generation) for f in findings(store) if not f.harmless]
    assert found == [("corrupt", "small", "1", 1), ("corrupt", "wide", "1", 1)]
    assert registry.load("small") == 7


@pytest.mark.parametrize(
    "key",
    [
        "refs/a",
        "refs/a/b/c",
        "refs/%zz/r8~,r8",
        "refs/a/x,r8",
        "refs/a/r8~,00",
        "refs/a/r8~,r8/more",
        "refs/a/r8~",
        "refs/UPPER/r8~,r8",
    ],
)
@pytest.mark.parametrize("body", [b"?", b""])
def test_a_key_that_no_ref_has_is_unknown_whatever_it_holds(
    store: MemoryStore, key: str, body: bytes
) -> None:
    store.write(key, [body])
    assert only(store) == ("unknown", key, None, None)
