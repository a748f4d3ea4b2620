"""Inputs as spec/README.md defines them, and the constants in what is made of them."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

NONCE = "000102030405060708090a0b0c0d0e0f"
WRITE = "f0e0d0c0b0a090807060504030201000"
TIME = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


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
