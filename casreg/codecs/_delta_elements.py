"""What is left of elements once those of a base are taken away, and back: exact for every bit pattern.

An array here is of unsigned little-endian integers, whatever the elements mean; arithmetic is modulo
2**bits.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

_EXPONENT: Final = 0x7F800000
"""Where fp32 has its exponent."""
_LEAST: Final = 0x00800000
"""The exponent of its least normal numbers."""


class Order(IntEnum):
    """How elements are numbered before they are subtracted (spec/codecs.md)."""

    INTEGERS = 0
    """As they are: unsigned, or two's complement."""
    FLOATS = 1
    """Sign and magnitude: in the order of the floats, so that neighbours differ by one."""


def residuals(elements: np.ndarray, base: np.ndarray, order: Order) -> np.ndarray:
    """Zigzag of the difference of each element and that of the base: small where they are near."""
    if order == Order.FLOATS:
        steps = _numbered(elements)
        steps -= _numbered(base)
    else:
        steps = elements - base
    number = steps.dtype.type
    signs = steps >> number(8 * steps.itemsize - 1)
    steps <<= number(1)
    steps ^= -signs
    return steps


def restored(residuals: np.ndarray, base: np.ndarray, order: Order) -> np.ndarray:
    """Undo :func:`residuals`, in place; the elements."""
    one = residuals.dtype.type(1)
    signs = residuals & one
    residuals >>= one
    residuals ^= -signs
    if order == Order.INTEGERS:
        residuals += base
        return residuals
    residuals += _numbered(base)
    return _from_number(residuals)


def exponents(base: np.ndarray, shift: int) -> np.ndarray:
    """The lowest eight bits of the base's elements without their sign, from bit ``shift`` on."""
    import numpy as np

    if shift >= 8 * base.itemsize:
        return np.zeros(len(base), np.uint8)
    number = base.dtype.type
    lowest: np.ndarray = ((base << number(1)) >> number(shift) >> number(1)).astype(np.uint8)
    return lowest


def scaled(base: np.ndarray, factor: float) -> np.ndarray:
    """fp32 elements times ``factor``, a normal fp32 number, rounded to nearest.

    A product below 2**-125 is a zero of its sign, and what is no normal number stays as it is: so the
    result is the same whether or not some library has the process flush subnormals to zero.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        product = (base.view("<f4") * np.float32(factor)).view("<u4")
    product = np.where((product & _EXPONENT) <= _LEAST, product & np.uint32(1 << 31), product)
    kept = ((base & _EXPONENT) == 0) | ((base & _EXPONENT) == _EXPONENT)
    chosen: np.ndarray = np.where(kept, base, product)
    return chosen


def _numbered(bits: np.ndarray) -> np.ndarray:
    """Floats by their bits -> unsigned integers in the same order; -0.0 comes just before 0.0."""
    number = bits.dtype.type
    top = number(8 * bits.itemsize - 1)
    negative = -(bits >> top)
    numbered: np.ndarray = bits ^ (negative | number(1 << int(top)))
    return numbered


def _from_number(numbered: np.ndarray) -> np.ndarray:
    """Undo :func:`_numbered`, in place."""
    number = numbered.dtype.type
    top = number(8 * numbered.itemsize - 1)
    negative = (numbered >> top) - number(1)
    numbered ^= negative | number(1 << int(top))
    return numbered
