"""Bijections of whole elements, made before their bytes are split into planes.

An array here is of unsigned little-endian integers, whatever the elements mean; arithmetic is modulo
2**bits, so that every bit pattern comes back.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

WIDTHS: Final = (1, 2, 4, 8)
_BLOCK: Final = 64 << 10
"""Bytes that are inverted at a time: what is set aside for them stays in the cache."""


class Transform(IntEnum):
    """The numbers that the stored bytes carry (spec/codecs.md)."""

    NONE = 0
    ROTATE_1 = 1
    """Left by one bit, the sign to the low end: the exponent of bf16 and fp32 fills the highest byte."""
    ROTATE_4 = 2
    """Left by four bits: the low eight bits of fp64's exponent fill the highest byte."""
    ZIGZAG = 3
    """Two's complement to sign in the lowest bit: small integers of both signs have zeros on top."""
    DIFFERENCES = 4
    """Each element less the one before it, then ``ZIGZAG``: sorted and smooth integers."""


CANDIDATES: Final = {
    1: (Transform.NONE, Transform.DIFFERENCES),
    2: (Transform.NONE, Transform.ROTATE_1, Transform.ZIGZAG, Transform.DIFFERENCES),
    4: (Transform.NONE, Transform.ROTATE_1, Transform.ZIGZAG, Transform.DIFFERENCES),
    8: (Transform.NONE, Transform.ROTATE_4, Transform.ZIGZAG, Transform.DIFFERENCES),
}
"""What is worth trying, by width."""

_ROTATIONS: Final = {Transform.ROTATE_1: 1, Transform.ROTATE_4: 4}


def forward(transform: Transform, elements: np.ndarray) -> np.ndarray:
    """The transformed elements; the very array for ``NONE``, else a new one."""
    if transform in _ROTATIONS:
        left, right = _shifts(transform, elements)
        rotated: np.ndarray = (elements << left) | (elements >> right)
        return rotated
    if transform == Transform.ZIGZAG:
        return _zigzag(elements)
    if transform == Transform.DIFFERENCES:
        steps = elements.copy()
        steps[1:] -= elements[:-1]
        return _zigzag(steps)
    return elements


def invert(transform: Transform, elements: np.ndarray) -> None:
    """Undo :func:`forward` in place."""
    if transform == Transform.NONE:
        return
    step = _BLOCK // elements.itemsize
    for start in range(0, len(elements), step):
        block = elements[start : start + step]
        if transform in _ROTATIONS:
            left, right = _shifts(transform, block)
            high = block << right
            block >>= left
            block |= high
            continue
        one = block.dtype.type(1)
        signs = block & one
        block >>= one
        block ^= -signs
        if transform == Transform.DIFFERENCES:
            if start:
                block[:1] += elements[start - 1 : start]
            block.cumsum(dtype=block.dtype, out=block)


def split(elements: np.ndarray) -> list[np.ndarray]:
    """The bytes of the elements, one array per place in them, the lowest first.

    By shifts: up to five times as fast as copies with a stride, if elements are narrow.
    """
    import numpy as np

    number = elements.dtype.type
    return [
        (elements >> number(8 * place) if place else elements).astype(np.uint8)
        for place in range(elements.itemsize)
    ]


def put(elements: np.ndarray, place: int, plane: np.ndarray) -> None:
    """One plane, or the one byte it consists of, into its place; planes come the highest first."""
    import numpy as np

    width = elements.itemsize
    if width > 4:  # here a stride is the faster way
        elements.view(np.uint8).reshape(-1, width)[:, place] = plane
    elif place == width - 1:
        elements[:] = plane
    else:
        elements <<= elements.dtype.type(8)
        elements |= plane


def _zigzag(elements: np.ndarray) -> np.ndarray:
    number = elements.dtype.type
    signs = elements >> number(8 * elements.itemsize - 1)
    zigzag: np.ndarray = elements << number(1)
    zigzag ^= -signs
    return zigzag


def _shifts(transform: Transform, elements: np.ndarray) -> tuple[np.unsignedinteger, np.unsignedinteger]:
    bits = _ROTATIONS[transform]
    number = elements.dtype.type
    return number(bits), number(8 * elements.itemsize - bits)
