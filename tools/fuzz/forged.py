"""Versions that lie: made as casreg makes them, changed at any stage, every digest right.

What refuses them is structure alone, not a hash.
"""

from __future__ import annotations

from array import array
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casreg import canonical, mediatypes
from casreg.codecs import Codec
from casreg.digest import blob_digest, chunk_id
from casreg.models.index import ChunkTable, Index
from casreg.names import Name, Version
from casreg.packs import Encoded, PackBuilder
from casreg.refs import key
from casreg.stores.protocol import Store
from casreg.tensors import Tensor

Json = dict[str, Any]
NONCE = "0" * 32


@dataclass(frozen=True)
class Chunk:
    """A chunk as the index is to tell of it."""

    stored: bytes
    codec: int = Codec.RAW
    plain: int | None = None
    """What it claims to be; None: as many as are stored."""
    id: bytes | None = None


def _same(value: Any) -> Any:
    return value


def forge(
    store: Store,
    parts: Mapping[str, bytes | Sequence[Chunk]],
    *,
    kind: str = "directory",
    tensors: Iterable[tuple[int, Tensor]] = (),
    index: Callable[[Index], Any] = _same,
    frame: Callable[[bytes], bytes] = _same,
    pack: Callable[[Json], Any] = _same,
    head: Callable[[Json], Any] = _same,
    manifest: Callable[[Json], Any] = _same,
    top: Callable[[Json], Json] | None = None,
    ref: Callable[[Json], Any] = _same,
    raw: Callable[[str, bytes], bytes] = lambda _, data: data,
    inline: bool = False,
    name: str = "evil",
) -> str:
    """Write a version 1 of ``name`` and its ref, whose key is given back.

    ``index`` changes the tables, ``frame`` their blob, ``pack`` the pack's descriptor, ``head``,
    ``manifest`` and ``ref`` the documents; ``top`` makes the document that the ref points at of the
    manifest's descriptor; ``raw`` replaces the text of a document (``head``, ``manifest``, ``top``,
    ``ref``), before its digest is taken.
    """
    held: list[Json] = []

    def put(media_type: str, data: bytes) -> Json:
        digest = blob_digest([data])
        described = {"mediaType": media_type, "digest": str(digest), "size": len(data)}
        if inline:
            held.append({**described, "data": b64encode(data).decode()})
        else:
            store.write(digest.key, [data])
        return described

    def document(what: str, value: Json, change: Callable[[Json], Any]) -> bytes:
        change(value)
        return raw(what, canonical.dumps(value))

    tables, body = _tables(parts, list(tensors))
    plain = sum(tables.chunks.plain[row] for row in tables.sequence)
    described_pack = put(mediatypes.PACK, body)
    pack(described_pack)
    content = tables.content()
    index(tables)
    described_index = put(mediatypes.INDEX, frame(tables.encode()))
    said = {
        "format": 0,
        "kind": kind,
        "class": "builtins.bytes",
        "initParams": {},
        "metadata": {},
        "content": content,
        "size": plain,
        "storedSize": len(body),
        "parts": len(parts),
    }
    described_head = put(mediatypes.HEAD, document("head", said, head))
    whole = {
        "schemaVersion": 2,
        "mediaType": mediatypes.MANIFEST,
        "artifactType": mediatypes.VERSION,
        "config": described_head,
        "layers": [described_index, described_pack],
    }
    pointed_at = put(mediatypes.MANIFEST, document("manifest", whole, manifest))
    if top is not None:
        above = top(pointed_at)
        pointed_at = put(str(above.get("mediaType", "")), raw("top", canonical.dumps(above)))
    told = {
        "format": 0,
        "manifest": pointed_at,
        "created": "2025-01-02T03:04:05Z",
        "write": "0" * 32,
        "stored": len(body),
        "inline": held,
    }
    at = key(Name.parse(name), Version.parse("1"), 1)
    store.write(at, [document("ref", told, ref)])
    return at


def _tables(
    parts: Mapping[str, bytes | Sequence[Chunk]], tensors: list[tuple[int, Tensor]]
) -> tuple[Index, bytes]:
    chunks_of = {
        path: [Chunk(data)] * bool(data) if isinstance(data, bytes) else data for path, data in parts.items()
    }
    room = sum(len(chunk.stored) for chunks in chunks_of.values() for chunk in chunks)
    table, rows, pack = ChunkTable(), dict[bytes, int](), PackBuilder(NONCE, memoryview(bytearray(room)))
    counts, sequence = array("I"), array("I")
    for chunks in chunks_of.values():
        counts.append(len(chunks))
        for chunk in chunks:
            name = chunk.id or chunk_id(chunk.stored)
            if name not in rows:
                rows[name] = len(rows)
                plain = len(chunk.stored) if chunk.plain is None else chunk.plain
                encoded = Encoded.of(name, plain, chunk.codec, [chunk.stored])
                table.ids += name
                table.plain.append(plain)
                table.stored.append(len(chunk.stored))
                table.pack.append(0)
                table.offset.append(pack.add(encoded))
                table.codec.append(chunk.codec)
                table.check.append(encoded.check)
            sequence.append(rows[name])
    flags = array("B", bytes(len(parts)))
    return Index(NONCE, table, list(parts), flags, counts, sequence, tensors), b"".join(pack.finish())
