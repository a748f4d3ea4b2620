"""zstd: one frame per chunk (RFC 8878)."""

from __future__ import annotations

import threading
from typing import Final

import zstandard

from casreg.errors import Corrupt

LEVEL: Final = 3
_local = threading.local()  # zstandard's objects serve one thread at a time


def compress(plain: bytes | bytearray | memoryview) -> bytes:
    """One frame, its content size in the header."""
    compressor = getattr(_local, "compressor", None)
    if compressor is None:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=LEVEL, write_content_size=True)
    frame: bytes = compressor.compress(plain)
    return frame


def decompress(frame: bytes | memoryview, size: int) -> bytes:
    """Exactly ``size`` bytes. Raises Corrupt before it allocates more, and for any bad frame."""
    decompressor = getattr(_local, "decompressor", None)
    if decompressor is None:
        decompressor = _local.decompressor = zstandard.ZstdDecompressor()
    try:
        claimed = zstandard.frame_content_size(frame)
        if claimed != size:
            raise Corrupt(f"a zstd frame claims {claimed} bytes, the index {size}")
        plain: bytes = decompressor.decompress(frame, max_output_size=size, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise Corrupt(f"a zstd frame cannot be decompressed: {error}") from error
    return plain
