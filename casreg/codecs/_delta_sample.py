"""What a sample of a chunk says about encoding it as a delta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from casreg.codecs._delta_elements import Order, exponents, residuals, scaled
from casreg.codecs._planes_sample import sample_of

if TYPE_CHECKING:
    import numpy as np

SHIFTS: Final = {1: (3, 2), 2: (7, 10), 4: (23,), 8: (52,)}
"""Where the exponents of floats begin, by width: fp8 e4m3 and e5m2, bf16 and fp16, fp32, fp64."""
NO_EXPONENT: Final = 255
_LENGTHS: Final = 65
"""Bits that a residual may have, and one more for none."""
_PER_EXPONENT: Final = 12
"""Bytes that a group costs whatever it holds, at a guess."""


class Way(NamedTuple):
    """How to encode a chunk."""

    order: Order
    shift: int
    factor: float = 1.0


def estimate(plain: bytes | memoryview, base: bytes | memoryview, width: int) -> tuple[int, Way]:
    """(expected stored bytes, the way that gives them) of a chunk; ``base`` has as many bytes."""
    import numpy as np

    elements, below = (np.frombuffer(sample_of(data, width), f"<u{width}") for data in (plain, base))
    ways = [Way(Order.FLOATS, shift) for shift in SHIFTS[width]] + [Way(Order.INTEGERS, NO_EXPONENT)]
    if width == 4 and (factor := _factor(elements, below)) != 1:
        ways.append(Way(Order.FLOATS, SHIFTS[4][0], factor))
    costs = [_bits(elements, below, way) for way in ways]
    best = min(range(len(ways)), key=costs.__getitem__)
    return round(costs[best] / (8 * width * len(elements)) * len(plain)) + 64, ways[best]


def _bits(elements: np.ndarray, base: np.ndarray, way: Way) -> float:
    """Bits of the elements: the entropy of each residual's length, in its group, and what is below it."""
    import numpy as np

    below = base if way.factor == 1 else scaled(base, way.factor)
    left = residuals(elements, below, way.order)
    lengths = _lengths(left)
    table = np.bincount(exponents(base, way.shift).astype(np.intp) * _LENGTHS + lengths, minlength=_LENGTHS)
    table = np.pad(table, (0, -len(table) % _LENGTHS)).reshape(-1, _LENGTHS)
    table = table[table.any(axis=1)]
    groups = table.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nansum(table * np.log2(table / groups))
    return float(entropy) + float(np.maximum(lengths - 1, 0).sum()) + 8 * _PER_EXPONENT * len(groups) / 16


def _lengths(numbers: np.ndarray) -> np.ndarray:
    """Bits of each number, 0 for 0."""
    import numpy as np

    if numbers.itemsize < 8:
        return np.frexp(numbers.astype(np.float64))[1]
    high = np.frexp((numbers >> np.uint64(32)).astype(np.float64))[1]
    low = np.frexp((numbers & np.uint64(0xFFFFFFFF)).astype(np.float64))[1]
    return np.where(high > 0, high + 32, low)


def _factor(elements: np.ndarray, base: np.ndarray) -> float:
    """By how much fp32 elements have grown or shrunk, as far as most of them agree; 1 if they do not."""
    import numpy as np

    with np.errstate(all="ignore"):
        ratios = elements.view("<f4") / base.view("<f4")
    ratios = ratios[np.isfinite(ratios) & (ratios > 0)]
    if len(ratios) < len(elements) // 2:
        return 1.0
    return float(np.median(ratios))
