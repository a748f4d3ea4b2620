"""A pack with its trailer."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from casreg.codecs import Codec, zstd
from casreg.digest import blob_digest, chunk_id
from casreg.packs import Encoded, PackBuilder, read_trailer
from tools.golden.inputs import NONCE, made


def encoded(plain: bytes, codec: Codec) -> Encoded:
    data = plain if codec == Codec.RAW else zstd.compress(plain)
    return Encoded.of(chunk_id(plain), len(plain), codec, [data])


def pack() -> dict[str, Any]:
    builder = PackBuilder(NONCE, memoryview(bytearray(4096)))
    inputs = [
        {"kind": "counter", "seed": "pack", "size": 100},
        {"kind": "rows", "size": 3000},
        {"kind": "zeros", "size": 1},
    ]
    for recipe, codec in zip(inputs, (Codec.RAW, Codec.ZSTD, Codec.RAW), strict=True):
        builder.add(encoded(made(recipe), codec))
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
