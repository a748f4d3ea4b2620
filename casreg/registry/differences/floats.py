"""The numbers that floats of every word stand for, as float64, without ml_dtypes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    Numbers = NDArray[np.float64]

_NUMPY: Final = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "C64": "<f4"}


class _Layout(NamedTuple):
    """Of a float of 8 bits: OCP 8-bit floating point formats, and those without negative zero (FNUZ)."""

    mantissa: int
    """Bits."""
    bias: int
    infinite: bool
    """Whether the highest exponent stands for infinities and NaN, as IEEE 754 has it."""
    nan: tuple[int, ...]
    """Other bytes that are NaN."""


_LAYOUTS: Final = {
    "F8_E5M2": _Layout(2, 15, True, ()),
    "F8_E4M3": _Layout(3, 7, False, (0x7F, 0xFF)),
    "F8_E5M2FNUZ": _Layout(2, 16, False, (0x80,)),
    "F8_E4M3FNUZ": _Layout(3, 8, False, (0x80,)),
}
FLOATS: Final = frozenset({*_NUMPY, *_LAYOUTS, "BF16", "F8_E8M0"})
"""Words that :func:`numbers` knows."""


def numbers(raw: memoryview, word: str) -> Numbers:
    """Every value that the bytes hold exactly; of complex numbers two. ``word`` is one of ``FLOATS``."""
    if word not in _NUMPY and word != "BF16":
        return _table(word)[np.frombuffer(raw, np.uint8)]
    if word == "BF16":
        found = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        found = np.frombuffer(raw, _NUMPY[word])
    with np.errstate(invalid="ignore"):  # signalling NaN
        return found.astype(np.float64)


@lru_cache(8)
def _table(word: str) -> Numbers:
    """What each of the 256 bytes stands for."""
    byte = np.arange(256)
    if word == "F8_E8M0":  # an exponent alone
        return np.where(byte == 0xFF, np.nan, np.ldexp(1.0, byte - 127))
    layout = _LAYOUTS[word]
    exponent = (byte & 0x7F) >> layout.mantissa
    fraction = byte & ((1 << layout.mantissa) - 1)
    whole = np.where(exponent > 0, 1 << layout.mantissa, 0) + fraction
    value: Numbers = np.ldexp(
        whole.astype(np.float64), np.maximum(exponent, 1) - layout.bias - layout.mantissa
    )
    if layout.infinite:
        special = exponent == 0x7F >> layout.mantissa
        value = np.where(special, np.where(fraction == 0, np.inf, np.nan), value)
    value = np.where(byte & 0x80, -value, value)
    value[list(layout.nan)] = np.nan
    return value
