"""Digests: where they are made and where bytes are held against them.

Blobs (packs, indexes, heads, manifests) are named by SHA-256, as OCI wants; chunks and the content of
a version by BLAKE3-256; XXH3-64 guards bytes that never left the local disk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final, Self

from blake3 import blake3
from xxhash import xxh3_64

from casreg.errors import Corrupt, InvalidInput

__all__ = ["CHUNK_ID_SIZE", "Digest", "Hasher", "blob_digest", "check_blob", "checksum", "chunk_id"]

CHUNK_ID_SIZE: Final = 32
_FORM = re.compile(r"sha256:[0-9a-f]{64}")

Readable = bytes | bytearray | memoryview

Hasher = blake3
"""An incremental BLAKE3-256: ``update(buffer)``, ``digest()``, ``hexdigest()``."""


class Digest(str):
    """``sha256:`` and 64 lower-case hex digits: the name of a blob."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises InvalidInput unless ``text`` is exactly a SHA-256 digest in OCI form."""
        if not isinstance(text, str) or not _FORM.fullmatch(text):
            raise InvalidInput(f"{str(text)[:80]!r} is no digest: that is sha256: and 64 hexadecimal digits")
        return cls(text)

    @classmethod
    def of_key(cls, key: str) -> Self:
        """Of a blob's :attr:`key`. Raises InvalidInput for any other."""
        digest = cls.parse("sha256:" + key.rpartition("/")[2])
        if digest.key != key:
            raise InvalidInput(f"not the key of a blob: {key[:80]!r}")
        return digest

    @property
    def hex(self) -> str:
        return self[7:]

    @property
    def key(self) -> str:
        """Where the blob lies in the key space."""
        return f"blobs/sha256/{self[7:]}"


def chunk_id(data: Readable) -> bytes:
    """The 32 bytes of BLAKE3 of ``data``; releases the GIL on all but tiny input."""
    return blake3(data).digest()


def checksum(*data: Readable) -> int:
    """XXH3-64 of ``data``, end to end."""
    hasher = xxh3_64()
    for piece in data:
        hasher.update(piece)
    return hasher.intdigest()


def blob_digest(data: Iterable[Readable]) -> Digest:
    """SHA-256 of the concatenation of ``data``."""
    hasher = hashlib.sha256()
    for piece in data:
        hasher.update(piece)
    return Digest("sha256:" + hasher.hexdigest())


def check_blob(data: Readable, digest: Digest, size: int | None = None) -> None:
    """Raise Corrupt unless ``data`` has the digest, and the size where one is given."""
    if size is not None and len(data) != size:
        raise Corrupt(
            f"blob {digest} has {len(data)} bytes instead of {size}",
            expected=digest,
            found=f"{len(data)} bytes",
        )
    found = blob_digest([data])
    if found != digest:
        raise Corrupt(f"blob {digest} holds bytes of digest {found}", expected=digest, found=found)
