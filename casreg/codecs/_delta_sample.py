"""What a sample of a chunk says about encoding it as a delta."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from casreg.codecs._delta_elements import Order, exponents, residuals, scaled
from casreg.codecs._delta_stripes import STRIPE, classes_of
from casreg.tensors import ELEMENT_SIZES

if TYPE_CHECKING:
    import numpy as np

SHIFTS: Final = {1: (3, 2), 2: (7, 10), 4: (23,), 8: (52,)}
"""Where the exponents of floats begin, by width: fp8 e4m3 and e5m2, bf16 and fp16, fp32, fp64."""
_SHIFT_OF: Final = {
    **dict.fromkeys(("F8_E4M3", "F8_E4M3FNUZ"), (3,)),
    **dict.fromkeys(("F8_E5M2", "F8_E5M2FNUZ"), (2,)),
    "F16": (10,),
    "BF16": (7,),
    "F32": (23,),
    "C64": (23,),
    "F64": (52,),
}
"""The same, by the safetensors word of floats."""
NO_EXPONENT: Final = 255
_SLICES: Final = 12
_STRIPES: Final = 4
"""A sample is so many slices of so many stripes."""
_EXACT: Final = 8
"""Bits of residuals that are told apart."""
_SYMBOLS: Final = (1 << _EXACT) + 65
_TURNED: Final = 64
"""One element in so many may have another sign than the base's."""
_NEAR_ONE: Final = 2.0**-12
"""A factor this near to one gains less than what multiplying loses by rounding."""
_SPARSE: Final = 4
"""One element in so many of a sample is enough to tell a factor."""
_PER_EXPONENT: Final = 12
"""Bytes that a group costs whatever it holds, at a guess."""


class Way(NamedTuple):
    """How to encode a chunk."""

    order: Order
    shift: int
    factor: float = 1.0


def estimate(
    plain: bytes | memoryview, base: bytes | memoryview, width: int, dtype: str | None = None
) -> tuple[int, Way]:
    """(expected stored bytes, the way that gives them) of a chunk; ``base`` has as many bytes.

    ``dtype``: the safetensors word of the elements, where it is known: there are fewer ways to try then.
    """
    import numpy as np

    elements, below = (np.frombuffer(_sample(data, width), f"<u{width}") for data in (plain, base))
    shifts = _SHIFT_OF.get(dtype or "", SHIFTS[width])
    if dtype in ELEMENT_SIZES and dtype not in _SHIFT_OF:
        shifts = (NO_EXPONENT,)
    order = _order(elements, below)
    ways = [Way(order, shift) for shift in shifts]
    if width == 4 and (factor := _factor(elements, below)) != 1:
        ways.append(Way(order, SHIFTS[4][0], factor))
    costs = [_bits(elements, below, way) for way in ways]
    best = min(range(len(ways)), key=costs.__getitem__)
    return round(costs[best] / (8 * width * len(elements)) * len(plain)) + 64, ways[best]


def _order(elements: np.ndarray, base: np.ndarray) -> Order:
    """Floats that keep their sign differ by their magnitude: what shrinks or grows, of either sign, does so
    in one direction. Only where many change it the order of the floats makes neighbours of them."""
    changed = (elements ^ base) >> elements.dtype.type(8 * elements.itemsize - 1)
    return Order.FLOATS if int(changed.sum(dtype=int)) > len(elements) // _TURNED else Order.INTEGERS


def _sample(plain: bytes | memoryview, width: int) -> bytes:
    """Whole stripes from all over the chunk, or all of a small one."""
    view = memoryview(plain)
    each = _STRIPES * STRIPE * width
    if len(view) <= _SLICES * each:
        return bytes(view[: len(view) // width * width])
    step = (len(view) - each) // (_SLICES - 1) // width * width
    return b"".join([view[number * step : number * step + each] for number in range(_SLICES)])


def _bits(elements: np.ndarray, base: np.ndarray, way: Way) -> float:
    """Bits of the elements: the entropy of residuals in their groups, of large ones only by their lengths.

    Entropies of a sample are too low by about (distinct values - 1) / 2 nats (Miller, 1955).
    """
    import numpy as np

    below = base if way.factor == 1 else scaled(base, way.factor)
    left = residuals(elements, below, way.order)
    lengths = _lengths(left)
    largest = np.maximum.reduceat(lengths, np.arange(0, len(lengths), STRIPE))
    groups = np.repeat(classes_of(largest).astype(np.intp) << 8, STRIPE)[: len(lengths)]
    groups |= exponents(base, way.shift)
    sums = np.bincount(groups)
    numbers = np.cumsum(sums > 0) - 1  # of groups, counting those that occur
    symbols = np.where(lengths <= _EXACT, left.astype(np.intp), lengths + (1 << _EXACT))
    pairs = np.bincount(numbers[groups] * _SYMBOLS + symbols)
    sums, pairs = sums[sums > 0], pairs[pairs > 0]
    entropy = (sums * np.log2(sums)).sum() - (pairs * np.log2(pairs)).sum()
    missed = (len(pairs) - len(sums)) / (2 * math.log(2))
    below_length = np.maximum(lengths - 1, 0)[lengths > _EXACT].sum()
    return float(entropy + missed + below_length) + 8 * _PER_EXPONENT * len(sums) / 16


def _lengths(numbers: np.ndarray) -> np.ndarray:
    """Bits of each number, 0 for 0: from the exponents of floats that are no less exact."""
    import numpy as np

    if numbers.itemsize == 8:
        high, low = (_lengths(half.astype(np.uint32)) for half in (numbers >> np.uint64(32), numbers))
        return np.where(high > 0, high + 32, low)
    lengths: np.ndarray = np.maximum((numbers.astype(np.float64).view(np.int64) >> 52) - 1022, 0)
    return lengths


def _factor(elements: np.ndarray, base: np.ndarray) -> float:
    """By how much fp32 elements have grown or shrunk, those that have; 1 if those are few."""
    import numpy as np

    with np.errstate(all="ignore"):
        ratios = elements[::_SPARSE].view("<f4") / base[::_SPARSE].view("<f4")
    ratios = ratios[np.isfinite(ratios) & (ratios > 0) & (ratios != 1)]
    if len(ratios) * _SPARSE <= len(elements) // 8:
        return 1.0
    factor = float(np.partition(ratios, len(ratios) // 2)[len(ratios) // 2])
    return factor if is_factor(factor) and abs(factor - 1) > _NEAR_ONE else 1.0


def is_factor(number: float) -> bool:
    """Whether elements may be scaled by it: a normal fp32 number."""
    return 2.0**-126 <= abs(number) < 2.0**128
