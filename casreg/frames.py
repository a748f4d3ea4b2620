"""Single zstd frames (RFC 8878), by a compressor and a decompressor that each thread makes once."""

from __future__ import annotations

import threading
from typing import Final

import zstandard

LEVEL: Final = 3


class _Coders(threading.local):
    """Those of the thread that looks: each serves one thread at a time.

    Making them costs more than compressing a small table.
    """

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL, write_content_size=True)
        self.decompressor = zstandard.ZstdDecompressor()


_coders = _Coders()


def compress(plain: bytes | bytearray | memoryview) -> bytes:
    """One frame, its content size in the header."""
    frame: bytes = _coders.compressor.compress(plain)
    return frame


def decompress(frame: bytes | memoryview, size: int) -> bytes:
    """The content of a frame that claims to hold ``size`` bytes; the caller has found the claim bearable.

    Raises ZstdError for damage, bytes behind the frame, and content that is longer.
    """
    plain: bytes = _coders.decompressor.decompress(frame, max_output_size=size, allow_extra_data=False)
    return plain
