"""The code and the golden vectors of spec/vectors say the same, in both directions."""

from __future__ import annotations

import json
import random
import struct
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import fastcdc_reference
import pytest
import reader
from hypothesis import given
from hypothesis import strategies as st

from casreg.chunkers.blocks import block_lengths, gather
from casreg.chunkers.content import ContentChunker
from casreg.codecs import Codec, decode
from casreg.digest import blob_digest, checksum, chunk_id
from casreg.errors import CasregError, Corrupt
from casreg.models import columns
from casreg.models.base import Document
from casreg.models.head import Head
from casreg.models.index import ChunkTable, Index
from casreg.models.manifest import Manifest
from casreg.models.ref import Ref
from casreg.models.store import BlockChunking, ContentChunking, Settings, StoreConfig
from casreg.names import Name, Version
from casreg.names.version import ascending, descending
from casreg.packs import Encoded, PackBuilder, read_trailer
from tools.vectors import VECTORS as MAKERS

FOLDER = Path(__file__).parents[2] / "spec" / "vectors"
VECTORS: dict[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))
}


def made(recipe: dict[str, Any]) -> bytes:
    """The inputs that spec/README.md defines."""
    size = recipe["size"]
    if recipe["kind"] == "zeros":
        return bytes(size)
    if recipe["kind"] == "counter":
        seed = recipe["seed"].encode()
        return b"".join(sha256(seed + struct.pack("<Q", i)).digest() for i in range(size // 32 + 1))[:size]
    assert recipe["kind"] == "rows"
    digests = (sha256(struct.pack("<Q", i)).hexdigest() for i in range(size // 22 + 1))
    return "".join(f"{i:08d} {digest[:12]}\n" for i, digest in enumerate(digests)).encode()[:size]


@pytest.mark.parametrize(
    "name", ["names", "versions", "generations", "fastcdc", "blocks", "content", "documents"]
)
def test_the_generator_makes_the_vectors_again(name: str) -> None:
    made_again = json.loads(json.dumps(MAKERS[name]()))
    kept = {key: value for key, value in VECTORS[name].items() if key not in ("provenance", "format")}
    assert made_again == kept


# names, versions, generations


@pytest.mark.parametrize(("text", "key"), VECTORS["names"]["keys"])
def test_a_name_and_its_key_give_each_other(text: str, key: str) -> None:
    assert Name.parse(text).key == key == reader.escape(text)
    assert Name.from_key(key) == text == reader.unescape(key)


@pytest.mark.parametrize("text", VECTORS["names"]["refused names"])
def test_what_could_mislead_is_no_name(text: str) -> None:
    with pytest.raises(CasregError):
        Name.parse(text)


@pytest.mark.parametrize("key", VECTORS["names"]["refused keys"])
def test_a_segment_that_no_name_has_is_refused(key: str) -> None:
    with pytest.raises(CasregError):
        Name.from_key(key)


@pytest.mark.parametrize(("text", "key"), VECTORS["versions"]["keys"])
def test_a_version_and_its_key_give_each_other(text: str, key: str) -> None:
    assert Version.parse(text).key == key
    assert Version.from_key(key) == text == reader.version_of(key)


def test_keys_of_versions_sort_the_highest_first() -> None:
    typed = [text for text, _ in VECTORS["versions"]["keys"]]
    keys = [key for _, key in VECTORS["versions"]["keys"]]
    assert keys == sorted(keys)
    parts = [Version.parse(text).parts for text in typed]
    assert parts == sorted(parts, reverse=True)


@pytest.mark.parametrize("text", VECTORS["versions"]["refused versions"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(CasregError):
        Version.parse(text)


@pytest.mark.parametrize("key", VECTORS["versions"]["refused keys"])
def test_a_segment_that_no_version_has_is_refused_by_code_and_reader(key: str) -> None:
    with pytest.raises(Corrupt):
        Version.from_key(key)
    with pytest.raises(reader.Bad):
        reader.version_of(key)


@pytest.mark.parametrize(("number", "code"), VECTORS["generations"]["codes"])
def test_a_generation_and_its_code_give_each_other(number: int, code: str) -> None:
    assert descending(number) == code
    assert ascending(code) == number == reader.number(code)


@pytest.mark.parametrize("code", VECTORS["generations"]["refused codes"])
def test_what_is_no_code_of_a_number_is_refused(code: str) -> None:
    with pytest.raises(Corrupt):
        ascending(code)
    with pytest.raises(reader.Bad):
        reader.number(code)


@given(st.lists(st.integers(0, 10**18 - 1), min_size=1, max_size=8), st.integers(0, 10**18 - 1))
def test_every_version_and_generation_survives_its_key(parts: list[int], generation: int) -> None:
    text = ".".join(map(str, parts))
    assert reader.version_of(Version.parse(text).key) == text
    assert reader.number(descending(generation)) == generation


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40))
def test_every_name_survives_its_key(text: str) -> None:
    try:
        key = Name.parse(text).key
    except CasregError:
        return
    assert reader.unescape(key) == text
    assert reader.escape(text) == key


# chunking


@pytest.mark.parametrize("case", VECTORS["fastcdc"]["cases"])
def test_content_is_cut_as_the_vectors_say(case: dict[str, Any]) -> None:
    data = made(case["input"])
    parameters = ContentChunking.model_validate(case["parameters"])
    lengths = ContentChunker(parameters).cut(memoryview(data), True)
    assert lengths == case["lengths"]
    assert sum(lengths) == len(data)
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    ids = [
        chunk_id(data[start : start + length]).hex() for start, length in zip(starts, lengths, strict=True)
    ]
    assert ids == case["ids"]


@pytest.mark.parametrize("case", VECTORS["fastcdc"]["cases"])
def test_the_reference_cuts_as_the_vectors_say(case: dict[str, Any]) -> None:
    p = case["parameters"]
    sizes = (p["minSize"], p["avgSize"], p["maxSize"], p["normalization"])
    assert fastcdc_reference.cut(made(case["input"]), *sizes) == case["lengths"]


@given(
    st.integers(64, 300),
    st.integers(0, 600),
    st.integers(0, 900),
    st.integers(0, 3),
    st.integers(0, 1 << 30),
    st.integers(0, 4000),
    st.sampled_from([1, 2, 256]),
)
def test_the_reference_and_the_code_cut_alike(
    low: int, more: int, most: int, level: int, seed: int, size: int, letters: int
) -> None:
    average = max(256, low + more)
    parameters = ContentChunking(
        min_size=low, avg_size=average, max_size=max(1024, average + most), normalization=level
    )
    data = bytes(byte % letters for byte in random.Random(seed).randbytes(size))
    lengths = fastcdc_reference.cut(data, low, average, parameters.max_size, level)
    assert ContentChunker(parameters).cut(memoryview(data), True) == lengths


@pytest.mark.parametrize("case", VECTORS["blocks"]["cases"])
def test_blocks_are_cut_as_the_vectors_say(case: dict[str, Any]) -> None:
    sizes = [size for size, _ in case["pieces"]]
    data = memoryview(made({"kind": "rows", "size": sum(sizes)}))
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    pieces = [data[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    cut = list(block_lengths(case["pieces"], BlockChunking.model_validate(case["parameters"])))
    assert [list(chunk) for chunk in cut] == case["chunks"]
    chunks = list(gather(pieces, [length for length, _ in cut]))
    assert [len(chunk) for chunk in chunks] == [length for length, _ in cut]
    assert b"".join(chunks) == data


# digests, packs, index


@pytest.mark.parametrize("case", VECTORS["content"]["cases"])
def test_the_content_digest_is_as_the_vectors_say(case: dict[str, Any]) -> None:
    table, counts = ChunkTable(), []
    for _, _, chunks in case["parts"]:
        counts.append(len(chunks))
        for recipe, size in chunks:
            table.ids += chunk_id(made(recipe))
            table.plain.append(size)
    index = Index(
        nonce="",
        chunks=table,
        paths=[path for path, _, _ in case["parts"]],
        flags=columns.numbers("u8", [executable for _, executable, _ in case["parts"]]),
        counts=columns.numbers("u32", counts),
        sequence=columns.numbers("u32", range(len(table))),
        tensors=[],
    )
    assert index.content() == case["content"]


def test_a_pack_and_its_trailer_read_as_the_vectors_say() -> None:
    vector = VECTORS["pack"]
    pack = b64decode(vector["pack"])
    assert blob_digest([pack]) == vector["digest"]
    nonce, rows = read_trailer(pack)
    assert nonce == vector["nonce"]
    found = [(r.id, r.plain, r.stored, r.offset, r.codec, r.check) for r in rows]
    assert (nonce, found) == reader.trailer(pack)
    for row, expected, recipe in zip(rows, vector["chunks"], vector["inputs"], strict=True):
        stored = pack[row.offset : row.offset + row.stored]
        plain = bytearray(row.plain)
        decode(row.codec, stored, memoryview(plain))
        assert plain == made(recipe)
        assert {"plain": row.plain, "stored": row.stored, "offset": row.offset} == {
            name: expected[name] for name in ("plain", "stored", "offset")
        }
        assert (row.id.hex(), row.codec, f"{row.check:016x}") == (
            expected["id"],
            expected["codec"],
            expected["check"],
        )
        assert (chunk_id(plain), checksum(stored)) == (row.id, row.check)


def test_a_pack_that_the_code_writes_is_read_from_the_specification_alone() -> None:
    builder = PackBuilder("0" * 32, memoryview(bytearray(734)))
    for size in (1, 700, 33):
        data = made({"kind": "counter", "seed": "x", "size": size})
        builder.add(Encoded.of(chunk_id(data), size, Codec.RAW, [data]))
    nonce, rows = reader.trailer(b"".join(builder.finish()))
    assert nonce == "0" * 32
    assert [(plain, stored, offset) for _, plain, stored, offset, _, _ in rows] == [
        (1, 1, 0),
        (700, 700, 1),
        (33, 33, 701),
    ]


@pytest.mark.parametrize("which", ["index", "with a column of the future"])
def test_an_index_reads_as_the_vectors_say(which: str) -> None:
    vector = VECTORS["index"]
    blob = b64decode(vector[which])
    index = Index.decode(blob, vector["pack sizes"])
    assert index.nonce == vector["nonce"]
    assert index.content() == vector["content"]
    again, table = reader.table(b"casregI0", blob)
    assert again == vector["nonce"]
    shown = {
        name: [v.hex() if isinstance(v, bytes) else v for v in values]
        for name, values in table.items()
        if values is not None
    }
    assert shown == vector["columns"]


def test_an_index_that_the_code_writes_has_the_columns_of_the_vectors() -> None:
    vector = VECTORS["index"]
    index = Index.decode(b64decode(vector["index"]), vector["pack sizes"])
    nonce, table = reader.table(b"casregI0", index.encode())
    shown = {name: [v.hex() if isinstance(v, bytes) else v for v in values] for name, values in table.items()}
    assert (nonce, shown) == (vector["nonce"], vector["columns"])


# documents


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("head", Head),
        ("manifest", Manifest),
        ("ref", Ref),
        ("ref without inline blobs", Ref),
        ("casreg.json", StoreConfig),
        ("settings", Settings),
    ],
)
def test_a_document_is_read_and_written_as_the_vectors_say(name: str, model: type[Document]) -> None:
    vector = VECTORS["documents"]["documents"][name]
    data = vector["text"].encode()
    assert blob_digest([data]) == vector["digest"]
    assert model.decode(data).encode() == data


@pytest.mark.parametrize("name", list(VECTORS["documents"]["documents"]))
def test_a_document_is_json_with_sorted_keys_and_no_spaces(name: str) -> None:
    text = VECTORS["documents"]["documents"][name]["text"]
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False) == text


@pytest.mark.parametrize("name", ["head", "ref", "casreg.json", "settings"])
def test_fields_of_the_future_are_ignored(name: str) -> None:
    models = {"head": Head, "ref": Ref, "casreg.json": StoreConfig, "settings": Settings}
    value = json.loads(VECTORS["documents"]["documents"][name]["text"])
    extended = json.dumps({**value, "ofTheFuture": [1]}).encode()
    assert models[name].decode(extended) == models[name].decode(json.dumps(value).encode())
