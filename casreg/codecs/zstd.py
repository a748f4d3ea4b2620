"""zstd: one frame per chunk (RFC 8878)."""

from __future__ import annotations

import zstandard

from casreg import frames
from casreg.errors import Corrupt
from casreg.frames import LEVEL, compress

__all__ = ["LEVEL", "compress", "decompress"]


def decompress(frame: bytes | memoryview, size: int) -> bytes:
    """Exactly ``size`` bytes. Raises Corrupt before it allocates more, and for any bad frame."""
    try:
        claimed = zstandard.frame_content_size(frame)
        if claimed != size:
            raise Corrupt(f"a zstd frame claims {claimed} bytes, the index {size}")
        return frames.decompress(frame, size)
    except zstandard.ZstdError as error:
        raise Corrupt(f"a zstd frame cannot be decompressed: {error}") from error
