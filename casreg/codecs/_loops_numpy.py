"""The codecs' inner loops by numpy: the reference. Needs numpy, loaded when first used."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

from casreg.codecs import _bits
from casreg.codecs import _planes_elements as planes_elements
from casreg.codecs._delta_elements import Order, exponents, residuals, restored, scaled
from casreg.codecs._delta_stripes import STRIPE, count_of
from casreg.codecs._loops import Keys, Packed
from casreg.codecs._planes_elements import Transform, forward, invert, put

if TYPE_CHECKING:
    import numpy as np


def split(elements: np.ndarray, transform: Transform, out: memoryview | None = None) -> list[np.ndarray]:
    import numpy as np

    planes = planes_elements.split(forward(transform, elements))
    if out is None:
        return planes
    kept = np.frombuffer(out, np.uint8).reshape(len(planes), len(elements))
    for place, plane in enumerate(planes):
        kept[place] = plane
    return list(kept)


def merge(planes: Sequence[np.ndarray], transform: Transform, out: np.ndarray) -> None:
    for place in reversed(range(len(planes))):
        put(out, place, planes[place])
    invert(transform, out)


def keys(base: np.ndarray, shift: int, out: np.ndarray | None = None) -> Keys:
    import numpy as np

    each = _in(out, exponents(base, shift))
    return Keys(each, np.bincount(each, minlength=256)[np.newaxis])


def levels(elements: np.ndarray, base: np.ndarray, order: Order) -> np.ndarray:
    import numpy as np

    left = residuals(elements, base, order)
    stripes = np.zeros((count_of(len(left)), STRIPE), left.dtype)
    stripes.reshape(-1)[: len(left)] = left
    largest = stripes.max(axis=1) if len(stripes) else left
    powers = left.dtype.type(1) << np.arange(8 * left.itemsize, dtype=left.dtype)
    return np.searchsorted(powers, largest, side="right").astype(np.uint8)


def sort(
    elements: np.ndarray, base: np.ndarray, order: Order, keys: Keys, out: np.ndarray | None = None
) -> np.ndarray:
    import numpy as np

    return _in(out, residuals(elements, base, order)[np.argsort(keys.each, kind="stable")])


def unsort(left: np.ndarray, base: np.ndarray, order: Order, keys: Keys, out: np.ndarray) -> None:
    import numpy as np

    scattered = np.empty_like(left)
    scattered[np.argsort(keys.each, kind="stable")] = left
    out[:] = restored(scattered, base, order)


def _in(out: np.ndarray | None, made: np.ndarray) -> np.ndarray:
    if out is None:
        return made
    out[:] = made
    return out


def scale(base: np.ndarray, factor: float) -> np.ndarray:
    return scaled(base, factor)


def count(numbers: np.ndarray, least: int) -> int:
    import numpy as np

    if least >> 8 * numbers.itemsize:
        return 0
    return int(np.count_nonzero(numbers >= numbers.dtype.type(least)))


def length(numbers: np.ndarray, most: int) -> int:
    lengths = range(8 * numbers.itemsize)
    return bisect_left(lengths, True, key=lambda length: count(numbers, 1 << length) <= most)


def pack(numbers: np.ndarray, noise: int, bits: int) -> Packed:
    import numpy as np

    number = numbers.dtype.type
    above = numbers >> number(noise)
    highest = number((1 << bits) - 1)
    symbols = np.minimum(above, highest).astype(np.uint8)
    joined = symbols if bits == 8 else _bits.pack(symbols, bits)
    return Packed(joined, _bits.pack(numbers, noise), above[above >= highest] - highest)


def unpack(
    out: np.ndarray, noise: int, bits: int, symbols: np.ndarray, rest: memoryview, escapes: np.ndarray
) -> int:
    import numpy as np

    number = out.dtype.type
    if bits != 8:
        joined, symbols = symbols, np.empty(len(out), np.uint8)
        _bits.unpack(joined.data, bits, symbols)
    escaped = np.flatnonzero(symbols == (1 << bits) - 1)
    if len(escaped) <= len(escapes):
        above = symbols.astype(out.dtype)
        above[escaped] += escapes[: len(escaped)]
        _bits.unpack(rest, noise, out)
        out |= above << number(noise)
    return len(escaped)
