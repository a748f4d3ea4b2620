"""Numbers of a few bits each, end to end, the lowest bit first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def size(count: int, width: int) -> int:
    """Bytes of ``count`` numbers of ``width`` bits."""
    return (count * width + 7) // 8


def pack(numbers: np.ndarray, width: int) -> np.ndarray:
    """Bytes: the lowest ``width`` bits of each number; the last byte is filled up with zeros."""
    import numpy as np

    count, itemsize = len(numbers), numbers.itemsize
    if not count or not width:
        return np.empty(0, np.uint8)
    by_byte = numbers.view(np.uint8).reshape(count, itemsize)
    if width % 8 == 0:
        return by_byte[:, : width // 8].ravel()
    if 8 % width == 0:
        low = np.zeros((size(count, width), 8 // width), np.uint8)
        low.reshape(-1)[:count] = by_byte[:, 0] & ((1 << width) - 1)
        joined: np.ndarray = np.bitwise_or.reduce(low << np.arange(0, 8, width, dtype=np.uint8), axis=1)
        return joined
    bits = np.unpackbits(by_byte[:, : (width + 7) // 8], axis=1, bitorder="little")[:, :width]
    return np.packbits(bits, bitorder="little")


def unpack(data: memoryview, width: int, out: np.ndarray) -> None:
    """Fill ``out`` from exactly :func:`size` bytes."""
    import numpy as np

    count, itemsize = len(out), out.itemsize
    out[:] = 0
    if not count or not width:
        return
    by_byte = out.view(np.uint8).reshape(count, itemsize)
    if width % 8 == 0:
        by_byte[:, : width // 8] = np.frombuffer(data, np.uint8).reshape(count, width // 8)
        return
    if 8 % width == 0:
        shifted = np.frombuffer(data, np.uint8)[:, np.newaxis] >> np.arange(0, 8, width, dtype=np.uint8)
        by_byte[:, 0] = (shifted & ((1 << width) - 1)).reshape(-1)[:count]
        return
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=count * width, bitorder="little")
    packed = np.packbits(bits.reshape(count, width), axis=1, bitorder="little")
    by_byte[:, : packed.shape[1]] = packed
