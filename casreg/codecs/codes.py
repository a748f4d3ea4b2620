"""The numbers of codecs, as the index keeps them."""

from __future__ import annotations

from enum import IntEnum


class Codec(IntEnum):
    RAW = 0
    ZSTD = 1
    PLANES = 2
    DELTA = 3
