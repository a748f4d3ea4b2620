"""The reader written from spec/ alone reads what casreg writes, and the golden store, and sees damage."""

from __future__ import annotations

import ast
import json
import random
import shutil
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reader

from casreg import Registry, generations, mediatypes, refs
from casreg.codecs import Codec
from casreg.digest import blob_digest, checksum, chunk_id
from casreg.models import columns
from casreg.models.index import ChunkTable, Index
from casreg.models.manifest import Descriptor
from casreg.names import Name, Version
from casreg.packs import Encoded, PackBuilder
from casreg.writer import Written, assemble

GOLDEN = Path(__file__).parents[2] / "spec" / "vectors" / "store"
EXPECTED: dict[str, Any] = json.loads(GOLDEN.with_suffix(".json").read_text(encoding="utf-8"))["names"]


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def test_the_reader_imports_nothing_of_casreg_and_has_at_most_300_lines() -> None:
    source = Path(reader.__file__).read_text(encoding="utf-8")
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    assert "casreg" not in imported
    assert source.count("\n") <= 300


# the golden store


def facts(version: reader.Version) -> dict[str, Any]:
    version.verify()
    return {
        "manifest": version.digest,
        "content": version.head["content"],
        "kind": version.head["kind"],
        "metadata": version.head["metadata"],
        "inline": [blob["digest"] for blob in version.ref["inline"]],
        "packs": [layer["digest"] for layer in version.layers[1:]],
        "parts": [
            [p.path, p.executable, p.size, sha256(version.read(p.path)).hexdigest()]
            for p in version.parts.values()
        ],
        "tensors": [
            [name, dtype, list(shape), path, start, size]
            for name, (path, dtype, shape, start, size) in version.tensors.items()
        ],
    }


def test_the_reader_finds_in_the_golden_store_what_the_vectors_say() -> None:
    store = reader.Store(GOLDEN)
    assert {name: store.versions(name)[::-1] for name in store.names()} == {
        n: list(v) for n, v in EXPECTED.items()
    }
    assert {
        name: {v: facts(store.open(name, v)) for v in versions} for name, versions in EXPECTED.items()
    } == EXPECTED
    assert store.settings["grace"] == 3600.0


def test_casreg_finds_in_the_golden_store_what_the_vectors_say(tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in GOLDEN.rglob("*")}
    with Registry(GOLDEN, read_only=True, cache_dir=tmp_path) as registry:
        assert registry.list_objects_and_versions() == {
            name: list(versions) for name, versions in EXPECTED.items()
        }
        for name, versions in EXPECTED.items():
            for number, expected in versions.items():
                with registry.open(name, number, verify="full") as snapshot:
                    found = [
                        [p.path, p.executable, p.size, sha256(snapshot.read(p.path)).hexdigest()]
                        for p in snapshot.parts
                    ]
                    assert (snapshot.digest, snapshot.content) == (expected["manifest"], expected["content"])
                    assert found == expected["parts"]
                    assert snapshot.index.content() == expected["content"]
        tree = registry.load("checkpoint", verify="full")
    assert tree["odd"] == {1: "one", None: [], ("a", 2): {"$": True}}
    assert np.array_equal(tree["layers"][1][0], np.arange(20000))
    assert {path: path.stat().st_mtime_ns for path in GOLDEN.rglob("*")} == before


def test_the_golden_store_has_one_of_everything() -> None:
    store = reader.Store(GOLDEN)
    versions = [store.open(name, version) for name in store.names() for version in store.versions(name)]
    assert {codec for v in versions for codec in v.index["chunk.codec"]} == {0, 1, 2}
    assert {v.head["kind"] for v in versions} == {"array", "bytes", "directory", "file", "tree"}
    assert any(part.executable for v in versions for part in v.parts.values())
    assert any(path.endswith("/") for v in versions for path in v.parts)
    assert any(not path.stat().st_size for path in (GOLDEN / "refs").rglob("*"))
    assert {len(v.packs) for v in versions} == {0, 1, 2}
    assert sum(path.stat().st_size for path in GOLDEN.rglob("*") if path.is_file()) < 300 << 10


def test_the_reader_sees_a_flipped_byte_in_any_blob_of_the_golden_store(tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(GOLDEN, store)
    needed = {}
    for name, versions in EXPECTED.items():
        for number in versions:
            opened = reader.Store(store).open(name, number)
            needed |= {layer["digest"][7:]: (name, number) for layer in opened.layers}
    blobs = sorted((store / "blobs" / "sha256").iterdir())
    assert blobs
    for blob in blobs:
        good = blob.read_bytes()
        for position in (0, len(good) // 2, len(good) - 1):
            blob.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
            with pytest.raises(reader.Bad):
                reader.Store(store).open(*needed[blob.name]).verify()
        blob.write_bytes(good)
        reader.Store(store).open(*needed[blob.name]).verify()


def test_the_reader_sees_a_changed_inline_blob(tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(GOLDEN, store)
    path = store / "refs" / "notes" / "r7~,r8"
    ref = json.loads(path.read_bytes())
    assert len(ref["inline"]) == 4
    for number in range(4):
        changed = json.loads(path.read_bytes())
        data = changed["inline"][number]["data"]
        changed["inline"][number]["data"] = ("B" if data[0] == "A" else "A") + data[1:]
        altered = store / "refs" / "notes" / "r7~,r7"
        altered.write_text(json.dumps(changed))
        with pytest.raises(reader.Bad):
            reader.Store(store).open("notes", "2").verify()


@pytest.mark.parametrize("change", [{"format": 1}, {"features": {"reader": ["tensors"], "writer": []}}])
def test_the_reader_refuses_a_store_of_another_format_or_an_unknown_feature(
    tmp_path: Path, change: Any
) -> None:
    config = json.loads((GOLDEN / "casreg.json").read_bytes())
    (tmp_path / "casreg.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(reader.Bad):
        reader.Store(tmp_path)


# stores that casreg writes here


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def written(place: Path, tmp_path: Path) -> Registry:
    return Registry(
        place,
        version_objects=True,
        mutable=True,
        durability="none",
        memory=64 << 20,
        cache_dir=tmp_path / "cache",
    )


@pytest.mark.parametrize("size", [0, 1, 1000, 16000, 65537, 1 << 20, (3 << 20) + 11])
def test_bytes_of_any_size(written: Registry, place: Path, size: int) -> None:
    data = noise(size // 2) + bytes(size - size // 2)
    written.save("a/b", data)
    version = reader.Store(place).open("a/b")
    version.verify()
    assert version.read("data") == data


def test_a_new_store_has_nothing(written: Registry, place: Path) -> None:
    store = reader.Store(place)
    assert store.names() == []
    assert store.settings["versioned"]


def test_files_and_directories(written: Registry, place: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep/er").mkdir(parents=True)
    (source / "nothing/here").mkdir(parents=True)
    (source / "run").write_bytes(b"#!/bin/sh\n")
    (source / "run").chmod(0o755)
    (source / "deep/er/naïve file").write_bytes(noise(300_000))
    (source / "deep/text").write_text("line\n" * 50_000)
    (source / "deep/nil").write_bytes(b"")
    written.save("tree", source)
    written.save("single", source / "run")
    version = reader.Store(place).open("tree")
    version.verify()
    files = {p.relative_to(source).as_posix(): p.read_bytes() for p in source.rglob("*") if p.is_file()}
    assert {path: version.read(path) for path in version.parts} == {**files, "nothing/here/": b""}
    assert {path for path, part in version.parts.items() if part.executable} == {"run"}
    single = reader.Store(place).open("single")
    single.verify()
    assert single.parts["run"].executable
    assert single.read("run") == b"#!/bin/sh\n"


def test_arrays_and_trees(written: Registry, place: Path) -> None:
    array = np.frombuffer(noise(2_500_000), "<f4").reshape(-1, 25)
    tree = {"w": array, "small": [np.arange(n, dtype="<i2") for n in range(50)], "x": {"y": (1.5, None, "é")}}
    written.save("array", array)
    written.save("tree", tree)
    store = reader.Store(place)
    for name in ("array", "tree"):
        version = store.open(name)
        version.verify()
        path, dtype, shape, start, size = version.tensors["array" if name == "array" else "w"]
        assert (dtype, shape) == ("F32", array.shape)
        assert version.read(path)[start : start + size] == array.tobytes()
    version = store.open("tree")
    for n in range(1, 50):
        path, dtype, shape, start, size = version.tensors[f"small.{n}"]
        assert version.read(path)[start : start + size] == np.arange(n, dtype="<i2").tobytes()
    assert json.loads(version.read("value.json"))["x"] == {"y": {"$tuple": [1.5, None, "é"]}}


def test_overwritten_deleted_and_made_again(written: Registry, place: Path) -> None:
    for number in range(12):
        written.save("Name", f"state {number}".encode(), version="1.0")
    written.save("Name", b"gone", version="2")
    written.delete("Name", "2")
    written.save("other", b"gone")
    written.delete("other", "1")
    store = reader.Store(place)
    assert (store.names(), store.versions("Name")) == (["Name"], ["1.0"])
    assert store.open("Name").read("data") == b"state 11"
    assert store.versions("other") == store.versions("never") == []
    with pytest.raises(KeyError):
        store.open("Name", "2")
    written.save("Name", b"back", version="2")
    assert store.open("Name").read("data") == b"back"


def test_many_versions_in_their_order(written: Registry, place: Path) -> None:
    typed = ["1", "2", "10", "1.1", "1.10", "1.2", "0.9", "03", "100", "9.9.9"]
    for version in typed:
        written.save("many", version.encode(), version=version)
    store = reader.Store(place)
    assert store.versions("many") == ["100", "10", "9.9.9", "03", "2", "1.10", "1.2", "1.1", "1", "0.9"]
    assert all(store.open("many", version).read("data") == version.encode() for version in typed)
    for _ in range(30):
        written.save("many", b"x")
    assert store.versions("many")[0] == "130"


def test_chunks_reused_across_versions_and_packs(written: Registry, place: Path) -> None:
    data = noise(12 << 20)
    written.save("model", data)
    changed = data[: 5 << 20] + b"inserted" + data[5 << 20 :]
    saved = written.save("model", changed)
    assert saved.reused
    version = reader.Store(place).open("model")
    first = reader.Store(place).open("model", "1")
    assert len(version.packs) > 2
    assert any(layer in version.layers for layer in first.layers[1:])
    version.verify()
    assert version.read("data") == changed
    assert first.read("data") == data


def test_a_flipped_byte_in_a_pack_is_seen(written: Registry, place: Path) -> None:
    written.save("model", noise(400_000))
    version = reader.Store(place).open("model")
    version.verify()
    pack = place / "blobs" / "sha256" / version.layers[1]["digest"][7:]
    data = bytearray(pack.read_bytes())
    data[200_000] ^= 0x10
    pack.chmod(0o644)
    pack.write_bytes(data)
    with pytest.raises(reader.Bad, match="digest"):
        reader.Store(place).open("model").verify()


def test_a_version_in_sections_is_read(written: Registry, place: Path) -> None:
    count = 405
    packs, table = [], ChunkTable()
    for number in range(count):
        data = noise(40, number)
        builder = PackBuilder("0" * 32, memoryview(bytearray(40)))
        builder.add(Encoded.of(chunk_id(data), 40, Codec.RAW, [data]))
        pack = b"".join(builder.finish())
        packs.append(Descriptor(media_type=mediatypes.PACK, digest=blob_digest([pack]), size=len(pack)))
        written.backend.write("blobs/sha256/" + packs[-1].sha256.hex, [pack])
        table.ids += chunk_id(data)
        for values, value in (
            (table.plain, 40),
            (table.stored, 40),
            (table.pack, number),
            (table.offset, 0),
            (table.codec, 0),
            (table.check, checksum(data)),
        ):
            values.append(value)
    numbers = columns.numbers
    sequence = numbers("u32", range(count))
    index = Index("0" * 32, table, ["data"], numbers("u8", [0]), numbers("u32", [count]), sequence, [])
    size = 40 * count
    written.save("big", b"")
    with written.open("big") as snapshot:
        head = snapshot.head.model_copy(
            update={"content": index.content(), "size": size, "stored_size": sum(p.size for p in packs)}
        )
    facts = {
        **dict.fromkeys((f.name for f in fields(Written)), 0),
        "index": index,
        "packs": packs,
        "inline": None,
    }
    assembled = assemble(written.backend.write, Written(**facts), head)
    ref = snapshot.ref.model_copy(update={"manifest": assembled.manifest, "inline": assembled.inline})
    generations.create(written.backend, refs.key(Name.parse("big"), Version.parse("2"), 1), ref)
    version = reader.Store(place).open("big")
    version.verify()
    assert [len(section["layers"]) for section in version.sections] == [400, 6]
    assert version.read("data") == b"".join(noise(40, number) for number in range(count))
    assert written.load("big", verify="full") == version.read("data")
