"""How a plane is stored: the cheapest of one byte, the bytes themselves, a zstd frame."""

from __future__ import annotations

import threading
from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING, Final

import zstandard

from casreg.codecs import kernel, zstd
from casreg.codecs._huffman import Outcome
from casreg.codecs._planes_kinds import Kind

if TYPE_CHECKING:
    import numpy as np


HEAD: Final = Struct("<BB")
"""Width, transform: what a chunk of planes begins with."""
PLANE: Final = Struct("<BI")
"""Kind, stored bytes: what follows for each plane."""


class Effort(IntEnum):
    """How a frame is made; any decoder of zstd reads all of them."""

    NOISE = -1
    """Not at all, if a look at the whole plane finds nothing either; else as ``ENTROPY``."""
    ENTROPY = 0
    """By Huffman codes alone; by zstd, with hardly a search for matches, where those may pay."""
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
    return (Kind.RAW, plane.data) if packed is None else (Kind.ZSTD, packed)


def _is_noise(plane: np.ndarray) -> bool:
    """Whether zstd would make nothing of a large plane, going by a few bytes of every part of it."""
    apart = len(plane) // _LOOKS
    if apart < 4 * _LOOK:  # compressing it costs no more than looking
        return False
    looks = plane[: apart * _LOOKS].reshape(_LOOKS, apart)[:, :_LOOK].ravel()
    return compress(looks, Effort.ENTROPY) is None


def compress(plane: np.ndarray, effort: Effort) -> bytes | None:
    """A frame that is smaller than the plane; None if there is none."""
    if effort == Effort.ENTROPY:
        made = kernel.loops().compress(plane)
        if not isinstance(made, Outcome):
            return made
        if made == Outcome.NO_GAIN:
            return None
    return search(plane, effort)


def search(plane: np.ndarray, effort: Effort) -> bytes | None:
    """The same, by zstd."""
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
    return packed if len(packed) < len(plane) else None


def plane(kind: int, data: memoryview, count: int) -> np.ndarray:
    """A plane of ``count`` bytes, or its one byte. Raises Corrupt for a frame of anything else."""
    import numpy as np

    if kind != Kind.ZSTD:
        return np.frombuffer(data, np.uint8)
    found = kernel.loops().decompress(data, count)
    return np.frombuffer(zstd.decompress(data, count), np.uint8) if found is None else found
