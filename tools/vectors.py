"""Writes the golden vectors of ``spec/vectors``: ``python tools/vectors.py [folder]``.

Inputs are those that spec/README.md defines, nonces and times are constants, so that a second run with
the same versions of the packages gives the same files. What zstd's compressor makes of them may differ
with its version; only decoding is fixed by the format.
"""

from __future__ import annotations

import json
import secrets
import shutil
import struct
import sys
import tempfile
from array import array
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from pyfastcdc.py import constants

from casreg import Registry, default, mediatypes
from casreg.chunkers.blocks import block_lengths
from casreg.chunkers.content import ContentChunker
from casreg.codecs import Codec, zstd
from casreg.digest import blob_digest, checksum, chunk_id
from casreg.models import columns
from casreg.models.head import Head
from casreg.models.index import MAGIC, ChunkTable, Index
from casreg.models.manifest import Descriptor, Inline, Manifest
from casreg.models.ref import Ref
from casreg.models.store import BlockChunking, ContentChunking, Settings, StoreConfig
from casreg.names import Name, Version
from casreg.names.version import descending
from casreg.packs import Encoded, PackBuilder, read_trailer
from casreg.stores.memory import MemoryStore
from casreg.tensors import Tensor

NONCE = "000102030405060708090a0b0c0d0e0f"
WRITE = "f0e0d0c0b0a090807060504030201000"
TIME = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
PACKAGES = ("blake3", "numpy", "pyfastcdc", "xxhash", "zstandard")


def main(folder: Path) -> None:
    """All vector files, and the store; what was in their place is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {
        "names": names(),
        "versions": versions(),
        "generations": generations(),
        "fastcdc": fastcdc(),
        "blocks": blocks(),
        "content": content_digest(),
        "pack": pack(),
        "index": index(),
        "documents": documents(),
        "store": store(folder / "store"),
    }.items():
        text = _text({"provenance": provenance(), "format": 0, **content})
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def provenance() -> dict[str, Any]:
    return {
        "generator": "tools/vectors.py",
        "made with": {name: version(name) for name in PACKAGES},
    }


# Inputs: the same definitions as in spec/README.md


def counter(seed: str, size: int) -> bytes:
    """Bytes that do not compress: SHA-256 of the seed and a counter, end to end."""
    blocks = (sha256(seed.encode() + struct.pack("<Q", i)).digest() for i in range(-(-size // 32)))
    return b"".join(blocks)[:size]


def rows(size: int) -> bytes:
    """Bytes that look like a log: lines of 22 bytes."""
    lines = (
        b"%08d " % i + sha256(struct.pack("<Q", i)).hexdigest()[:12].encode() + b"\n"
        for i in range(-(-size // 22))
    )
    return b"".join(lines)[:size]


def made(recipe: dict[str, Any]) -> bytes:
    if recipe["kind"] == "counter":
        return counter(recipe["seed"], recipe["size"])
    return rows(recipe["size"]) if recipe["kind"] == "rows" else bytes(recipe["size"])


# Names and numbers


def names() -> dict[str, Any]:
    texts = (
        "a a_b my:model team/detector Weights weights v1.0 con CON com7.txt console .hidden trailing. 50% %41"
    )
    more = ["a b", "a~b,c", "naïve", "nai\u0308ve", "模型", "🦊", "0" * 200, "é" * 33]
    refused = ["", " a", "a ", "a\nb", "a\\b", "\u2028", "0" * 201, "é" * 34]
    return {
        "keys": [[text, Name.parse(text).key] for text in [*texts.split(), *more]],
        "refused names": [*["a@b", "/a", "a/", "a//b", "..", "a/../b"], *refused],
        "refused keys": ["A", "a%61", "a%2F", "a%2f%2fb", "%2e%2e", "%", "%zz", "con", "a.", ".a", "%c3"],
    }


def versions() -> dict[str, Any]:
    typed = (
        "999999999999999999 100 20 10.0.1 10.0 10 9.1 9 3.0.0 2.10 2.9 2.9.0.0.0.0.0.0 "
        "1.1 1.01 01.1 1.0 1.000000000000000000 1 01 001 0.1 0.0 0"
    )
    keyed = sorted(([text, Version.parse(text).key] for text in typed.split()), key=lambda pair: pair[1])
    refused = ["", "1" * 19, "\u0661", "vv1"]
    return {
        "keys": keyed,
        "refused versions": [*["latest", "1.", ".1", "1..2", "1.2.3.4.5.6.7.8.9", "-1", "1a"], *refused],
        "refused keys": ["r8", "r8~a", "r8~ba", "q98~", "r88~", "s8~", "r8~,", "r8~bb", "~", "r8.~", "q8~"],
    }


def generations() -> dict[str, Any]:
    numbers = [0, 1, 2, 9, 10, 11, 99, 100, 12345, 10**9, 10**17, 10**18 - 1]
    return {
        "codes": [[n, descending(n)] for n in numbers],
        "refused codes": ["", "r", "q99", "r88", "8", "r8 ", "R8"],
    }


# Chunking


def fastcdc() -> dict[str, Any]:
    usual = (
        {"kind": "zeros", "size": 0},
        {"kind": "counter", "seed": "tiny", "size": 1},
        {"kind": "counter", "seed": "tiny", "size": 65536},
        {"kind": "zeros", "size": (3 << 20) + 1},
        {"kind": "counter", "seed": "three", "size": 3 << 20},
        {"kind": "rows", "size": 1500000},
    )
    cases = [_case(recipe, ContentChunking()) for recipe in usual]
    for low, average, high, level in (
        (64, 256, 1024, 0),
        (64, 256, 1024, 1),
        (64, 256, 1024, 2),
        (64, 256, 1024, 3),
        (65, 257, 1025, 2),
        (127, 363, 1031, 2),
        (128, 362, 1024, 2),
        (1024, 1024, 1024, 2),
    ):
        parameters = ContentChunking(min_size=low, avg_size=average, max_size=high, normalization=level)
        cases.append(_case({"kind": "counter", "seed": "small", "size": 16383}, parameters))
        cases.append(_case({"kind": "rows", "size": 8192}, parameters))
    return {
        "source of the tables": {
            "package": "pyfastcdc",
            "version": version("pyfastcdc"),
            "file": "pyfastcdc/py/constants.py",
            "license": "MIT",
            "copyright": "Copyright (c) 2026 Fallen_Breath",
        },
        "gear": [f"{value:016x}" for value in constants.GEAR],
        "masks": {str(bits): f"{constants.MASKS[bits]:016x}" for bits in range(5, 26)},
        "cases": cases,
    }


def _case(recipe: dict[str, Any], parameters: ContentChunking) -> dict[str, Any]:
    data = memoryview(made(recipe))
    lengths = ContentChunker(parameters).cut(data, True)
    return {
        "input": recipe,
        "parameters": parameters.model_dump(by_alias=True),
        "lengths": lengths,
        "ids": [chunk_id(data[end - length : end]).hex() for end, length in _ends(lengths)],
    }


def _ends(lengths: list[int]) -> Iterator[tuple[int, int]]:
    end = 0
    for length in lengths:
        end += length
        yield end, length


def blocks() -> dict[str, Any]:
    usual, mib = BlockChunking(), 1 << 20
    small = BlockChunking(block_size=1024, small=512, group_size=2048)
    cases = []
    for parameters, pieces in (
        (usual, []),
        (usual, [0, 0]),
        (usual, [128, 65535, 65536, 1]),
        (usual, [mib]),
        (usual, [mib + 1]),
        (usual, [200, 3 * mib, 0, 40000, 40000, 40000, 40000, 40000, 40000, 40000, 40000, 70000, 5]),
        (usual, [1, 65536, 1, 1, 2 * mib + 7]),
        (usual, [60000] * 12),
        (usual, [(120, 0), (5000, 4), (60, 0), (5000, 4), (7, 0), (3000, 2), (3000, 2), (80000, 2), (9, 0)]),
        (small, [100, 511, 512, 513, 511, 511, 511, 511, 511, 2048, 2049, 1]),
        (BlockChunking(block_size=1024, small=0, group_size=1024), [0, 1, 1023, 1025]),
    ):
        tagged = [piece if isinstance(piece, tuple) else (piece, 4) for piece in pieces]
        chunks = list(block_lengths(tagged, parameters))
        cases.append({"pieces": tagged, "parameters": parameters.model_dump(by_alias=True), "chunks": chunks})
    return {"cases": cases}


# Digests, packs, index


def _example() -> tuple[Index, list[int], list[bytes]]:
    """Two packs, four chunks, three parts and two tensors."""
    chunks = [counter("chunk 0", 300), rows(2000), bytes(500), counter("chunk 3", 64)]
    table = ChunkTable()
    packs = [PackBuilder(NONCE), PackBuilder(NONCE)]
    for number, (plain, codec) in enumerate(
        zip(chunks, (Codec.RAW, Codec.ZSTD, Codec.ZSTD, Codec.RAW), strict=True)
    ):
        encoded = _encoded(plain, codec)
        offset = packs[number // 2].add(encoded)
        table.ids += encoded.id
        table.plain.append(encoded.plain)
        table.stored.append(len(encoded.data))
        table.pack.append(number // 2)
        table.offset.append(offset)
        table.codec.append(codec)
        table.check.append(encoded.check)
    tensors = [Tensor("w", "F32", (5, 25), 0, 500), Tensor("é", "U8", (), 500, 1)]
    numbers = columns.numbers
    index = Index(
        nonce=NONCE,
        chunks=table,
        paths=["zeta", "bin/run", "none/"],
        flags=numbers("u8", [0, 1, 0]),
        counts=numbers("u32", [3, 2, 0]),
        sequence=numbers("u32", [2, 3, 0, 1, 0]),
        tensors=[(0, tensor) for tensor in tensors],
    )
    return index, [sum(map(len, p.finish())) for p in packs], chunks


def _encoded(plain: bytes, codec: Codec) -> Encoded:
    data = plain if codec == Codec.RAW else zstd.compress(plain)
    return Encoded(chunk_id(plain), len(plain), codec, checksum(data), data)


def content_digest() -> dict[str, Any]:
    trees: list[list[Any]] = [
        [],
        [["empty", False, []]],
        [["a", False, [[{"kind": "counter", "seed": "a", "size": 10}, 10]]]],
        [["a", True, [[{"kind": "counter", "seed": "a", "size": 10}, 10]]]],
        [
            ["z", False, [[{"kind": "rows", "size": 99}, 99], [{"kind": "zeros", "size": 7}, 7]]],
            ["Z", False, []],
            ["é/x", True, [[{"kind": "zeros", "size": 7}, 7], [{"kind": "zeros", "size": 7}, 7]]],
            ["d/", False, []],
        ],
    ]
    cases = [{"parts": parts, "content": _content(parts)} for parts in trees]
    return {"parts are": "[path, executable, [[input of the chunk, its length] ...]]", "cases": cases}


def _content(parts: list[Any]) -> str:
    table, sequence, counts = ChunkTable(), [], []
    for _, _, chunks in parts:
        counts.append(len(chunks))
        for recipe, size in chunks:
            sequence.append(len(table))
            table.ids += chunk_id(made(recipe))
            table.plain.append(size)
    numbers = columns.numbers
    flags = numbers("u8", [executable for _, executable, _ in parts])
    paths = [path for path, _, _ in parts]
    return Index(NONCE, table, paths, flags, numbers("u32", counts), numbers("u32", sequence), []).content()


def pack() -> dict[str, Any]:
    builder = PackBuilder(NONCE)
    inputs = [
        {"kind": "counter", "seed": "pack", "size": 100},
        {"kind": "rows", "size": 3000},
        {"kind": "zeros", "size": 1},
    ]
    for recipe, codec in zip(inputs, (Codec.RAW, Codec.ZSTD, Codec.RAW), strict=True):
        builder.add(_encoded(made(recipe), codec))
    data = b"".join(builder.finish())
    nonce, found = read_trailer(data)
    return {
        "pack": b64encode(data).decode(),
        "digest": blob_digest([data]),
        "nonce": nonce,
        "inputs": inputs,
        "chunks": [
            {
                "id": row.id.hex(),
                "plain": row.plain,
                "stored": row.stored,
                "offset": row.offset,
                "codec": row.codec,
                "check": f"{row.check:016x}",
            }
            for row in found
        ],
    }


def index() -> dict[str, Any]:
    made_index, sizes, _ = _example()
    blob = made_index.encode()
    _, table = columns.decode(MAGIC, blob)
    extended: dict[str, Any] = {name: (_kind(values), values) for name, values in table.items()}
    extended["future.column"] = ("u128", counter("future", 48))
    return {
        "index": b64encode(blob).decode(),
        "with a column of the future": b64encode(columns.encode(MAGIC, NONCE, extended)).decode(),
        "pack sizes": sizes,
        "nonce": NONCE,
        "columns": {name: _shown(values) for name, values in table.items()},
        "content": made_index.content(),
    }


def _kind(values: columns.Column) -> str:
    if isinstance(values, array):
        return {"B": "u8", "I": "u32"}.get(values.typecode, "u64")
    return "id" if isinstance(values, bytes) else "text"


def _shown(values: Any) -> Any:
    if isinstance(values, bytes):
        return [values[i : i + 32].hex() for i in range(0, len(values), 32)]
    return list(values)


# Documents


def documents() -> dict[str, Any]:
    head = Head(
        kind="tree",
        python_class="builtins.dict",
        init_params={},
        metadata={"a": [1, 2.5, None, True], "é": "ü\u2028"},
        content="blake3:" + chunk_id(b"").hex(),
        size=12,
        stored_size=50,
        parts=1,
        parent="sha256:" + "ab" * 32,
    )
    index_blob, pack_blob = counter("index", 40), counter("pack", 50)
    config = head.encode()
    manifest = Manifest(
        config=_described(mediatypes.HEAD, config),
        layers=[_described(mediatypes.INDEX, index_blob), _described(mediatypes.PACK, pack_blob)],
    ).encode()
    described = _described(mediatypes.MANIFEST, manifest)
    carried = {
        **json.loads(_described(mediatypes.INDEX, index_blob).encode()),
        "data": b64encode(index_blob).decode(),
    }
    inline = Inline.decode(json.dumps(carried).encode())
    ref = Ref(manifest=described, created=TIME, write=WRITE, stored=50, inline=[inline])
    plain = Ref(manifest=described, created=TIME, write=WRITE, stored=0)
    config_file = StoreConfig(id=NONCE, created=TIME)
    settings = Settings(versioned=True, mutable=True, grace=0.0, undo_window=60.0)
    return {
        "documents": {
            "head": _document(config),
            "manifest": _document(manifest),
            "ref": _document(ref.encode()),
            "ref without inline blobs": _document(plain.encode()),
            "casreg.json": _document(config_file.encode()),
            "settings": _document(settings.encode()),
        }
    }


def _described(media_type: str, data: bytes) -> Descriptor:
    return Descriptor(media_type=media_type, digest=blob_digest([data]), size=len(data))


def _document(data: bytes) -> dict[str, str]:
    return {"text": data.decode("utf-8"), "digest": blob_digest([data])}


# A store


def store(folder: Path) -> dict[str, Any]:
    """The store as files in ``folder``, and what a reader has to find in it."""
    tokens = (counter(f"token {i}", 64).hex() for i in range(1 << 20))
    secrets.token_hex = lambda size=32: next(tokens)[: 2 * size]
    default.now = lambda: TIME
    memory = MemoryStore(now=lambda: 0.0)
    with tempfile.TemporaryDirectory() as place:
        _fill(Registry(memory, version_objects=True, mutable=True), Path(place))
    memory.create(f"settings/{descending(1)}", Settings(versioned=True, mutable=True, grace=3600.0).encode())
    shutil.rmtree(folder, ignore_errors=True)
    for entry in memory.scan(""):
        path = folder / entry.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(memory.read(entry.key))
    with Registry(memory) as registry:
        return {"names": {name: _facts(registry, name) for name in registry.list_objects()}}


def _fill(registry: Registry, place: Path) -> None:
    registry.save("notes", rows(600), metadata={"note": "compressed, inline"})
    registry.save("notes", counter("notes", 100))
    registry.save("notes", b"to be deleted")
    registry.delete("notes", "3")
    registry.save("gone", b"")
    registry.delete("gone", "1")

    registry.save("Modèle:v", counter("first", 20), version="1.2")
    registry.save("Modèle:v", counter("second", 30), version="1.2")
    registry.save("Modèle:v", b"", version="01.10")
    registry.save("Modèle:v", b"oldest", version="v0.9")

    project = place / "project"
    (project / "bin").mkdir(parents=True)
    (project / "bin/run").write_bytes(b"#!/bin/sh\nexit 0\n")
    (project / "bin/run").chmod(0o755)
    (project / "empty").mkdir()
    (project / "weights").write_bytes(counter("weights", 60000))
    (project / "log.txt").write_bytes(rows(20000))
    registry.save("team/project", project)
    (project / "log.txt").write_bytes(rows(22000))
    registry.save("team/project", project)

    noise = place / "noise.bin"
    noise.write_bytes(counter("file", 100 << 10))
    registry.save("files/noise", noise)

    registry.save("array", np.arange(12, dtype="<i4").reshape(3, 4))
    registry.save(
        "checkpoint",
        {
            "layers": [
                {"w": np.frombuffer(counter("w", 4096), "<u4").reshape(32, 32), "b": np.zeros(32, "<f4")},
                (np.arange(20000, dtype="<i8"), np.array(1.5, "<f8"), np.zeros((0, 3), "<f2")),
            ],
            "step": 7,
            "rates": [0.1, float("nan"), float("inf"), -0.0],
            "raw": b"\x00\xff",
            "odd": {1: "one", None: [], ("a", 2): {"$": True}},
            "names": np.array(["a", "bc"], dtype="<U2"),
        },
    )


def _facts(registry: Registry, name: str) -> dict[str, Any]:
    facts = {}
    for number in registry.list_versions(name):
        with registry.open(name, number, verify="full") as snapshot:
            facts[number] = {
                "manifest": snapshot.digest,
                "content": snapshot.content,
                "kind": snapshot.head.kind,
                "metadata": snapshot.head.metadata,
                "inline": [blob.digest for blob in snapshot.ref.inline],
                "packs": [pack.digest for pack in snapshot.manifest.packs],
                "parts": [
                    [p.path, p.executable, p.size, sha256(snapshot.read(p.path)).hexdigest()]
                    for p in snapshot.parts
                ],
                "tensors": [
                    [t.name, t.dtype, list(t.shape), p.path, t.start, t.size]
                    for p, t in snapshot.tensors.values()
                ],
            }
    return facts


def _text(value: Any, indent: str = "") -> str:
    """JSON for people who compare versions: what fits on a line is on one, numbers are wrapped."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(line) <= 100:
        return line
    inner = indent + " "
    if isinstance(value, dict):
        items = [
            f"{json.dumps(key, ensure_ascii=False)}: {_text(item, inner)}" for key, item in value.items()
        ]
    elif all(isinstance(item, int) for item in value):
        return "[\n" + fill(line[1:-1], 100, initial_indent=inner, subsequent_indent=inner) + f"\n{indent}]"
    else:
        items = [_text(item, inner) for item in value]
    body = f",\n{inner}".join(items)
    return f"{line[0]}\n{inner}{body}\n{indent}{line[-1]}"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "spec" / "vectors")
