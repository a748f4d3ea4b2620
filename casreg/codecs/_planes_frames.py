"""How a plane is stored: the cheapest of one byte, the bytes themselves, a zstd frame."""

from __future__ import annotations

import threading
from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING, Final

import zstandard

if TYPE_CHECKING:
    import numpy as np


HEAD: Final = Struct("<BB")
"""Width, transform: what a chunk of planes begins with."""
PLANE: Final = Struct("<BI")
"""Kind, stored bytes: what follows for each plane."""


class Kind(IntEnum):
    """The numbers that the stored bytes carry (spec/codecs.md)."""

    CONSTANT = 0
    """One byte, which all of the plane's are."""
    RAW = 1
    ZSTD = 2
    """One frame, its content size in the header."""


KINDS: Final = frozenset(Kind)


class Effort(IntEnum):
    """How zstd is asked for a frame; any decoder reads all of them."""

    NOISE = -1
    """Not at all, if a look at the whole plane finds nothing either; else as ``ENTROPY``."""
    ENTROPY = 0
    """Hardly a search for matches: an order-0 coder, with raw blocks where that gains nothing."""
    LEVEL_1 = 1
    LEVEL_3 = 3


_ENTROPY: Final = {
    "strategy": zstandard.STRATEGY_FAST,
    "min_match": 7,
    "hash_log": 6,
    "window_log": 17,
    "write_content_size": True,
}
_LOOKS: Final = 64
"""Places, evenly spread over a plane, where it is looked at before it is passed by as noise."""
_LOOK: Final = 128
"""Bytes of each."""
_local = threading.local()  # zstandard's objects serve one thread at a time


def frame(plane: np.ndarray, effort: Effort) -> tuple[Kind, bytes | memoryview]:
    """The cheapest frame of a plane of at least one byte; RAW gives ``plane`` itself, not a copy."""
    first = plane[0]
    if plane[-1] == first and plane[len(plane) // 2] == first and bool((plane == first).all()):
        return Kind.CONSTANT, first.tobytes()
    if effort == Effort.NOISE:
        if _is_noise(plane):
            return Kind.RAW, plane.data
        effort = Effort.ENTROPY
    packed = compress(plane, effort)
    return (Kind.ZSTD, packed) if len(packed) < len(plane) else (Kind.RAW, plane.data)


def _is_noise(plane: np.ndarray) -> bool:
    """Whether zstd would make nothing of a large plane, going by a few bytes of every part of it."""
    apart = len(plane) // _LOOKS
    if apart < 4 * _LOOK:  # compressing it costs no more than looking
        return False
    looks = plane[: apart * _LOOKS].reshape(_LOOKS, apart)[:, :_LOOK].ravel()
    return len(compress(looks, Effort.ENTROPY)) >= len(looks)


def compress(plane: np.ndarray, effort: Effort) -> bytes:
    compressors: dict[Effort, zstandard.ZstdCompressor] | None = getattr(_local, "compressors", None)
    if compressors is None:
        compressors = _local.compressors = {}
    if effort not in compressors:
        compressors[effort] = (
            zstandard.ZstdCompressor(level=effort, write_content_size=True)
            if effort
            else zstandard.ZstdCompressor(compression_params=zstandard.ZstdCompressionParameters(**_ENTROPY))
        )
    packed: bytes = compressors[effort].compress(plane.data)
    return packed
