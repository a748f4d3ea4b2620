"""The codecs' inner loops by numpy: the reference. Needs numpy, loaded when first used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from casreg.codecs import _bits
from casreg.codecs import _planes_elements as planes_elements
from casreg.codecs._delta_elements import Order, exponents, residuals, restored, scaled
from casreg.codecs._delta_groups import packing
from casreg.codecs._delta_stripes import CLASSES, STRIPE, classes_of, count_of
from casreg.codecs._loops import Packed, Sorted
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


def sort(
    elements: np.ndarray, own: np.ndarray, below: np.ndarray, order: Order, shift: int, out: np.ndarray
) -> Sorted:
    left = residuals(elements, below, order)
    classes = _classes(left)
    keys = _keys(own, shift, classes)
    out[:] = left[_by(keys)]
    return Sorted(classes, _tallied(keys))


def tally(own: np.ndarray, shift: int, classes: np.ndarray) -> np.ndarray:
    return _tallied(_keys(own, shift, classes))


def unsort(
    left: np.ndarray,
    own: np.ndarray,
    below: np.ndarray,
    order: Order,
    shift: int,
    by: Sorted,
    out: np.ndarray,
) -> None:
    import numpy as np

    scattered = np.empty_like(left)
    scattered[_by(_keys(own, shift, by.classes))] = left
    out[:] = restored(scattered, below, order)


def _classes(left: np.ndarray) -> np.ndarray:
    import numpy as np

    stripes = np.zeros((count_of(len(left)), STRIPE), left.dtype)
    stripes.reshape(-1)[: len(left)] = left
    largest = stripes.max(axis=1) if len(stripes) else left
    powers = left.dtype.type(1) << np.arange(8 * left.itemsize, dtype=left.dtype)
    return classes_of(np.searchsorted(powers, largest, side="right"))


def _keys(own: np.ndarray, shift: int, classes: np.ndarray) -> np.ndarray:
    import numpy as np

    keys = np.repeat(classes.astype(np.uint16) << np.uint16(8), STRIPE)[: len(own)]
    keys |= exponents(own, shift)
    return keys


def _by(keys: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.argsort(keys, kind="stable")


def _tallied(keys: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.bincount(keys, minlength=CLASSES * 256)[np.newaxis]


def scale(base: np.ndarray, factor: float) -> np.ndarray:
    return scaled(base, factor)


def pack(numbers: np.ndarray, ends: np.ndarray) -> Packed:
    import numpy as np

    made = [_pack(group) for group in np.split(numbers, ends)[:-1]]
    packings = np.array([packing for packing, *_ in made], np.uint8).reshape(-1, 2)
    pieces: list[list[np.ndarray]] = [
        list(column) for column in zip(*(rest for _, *rest in made), strict=True)
    ]
    symbols, rest, escapes = (np.concatenate(column) for column in pieces) if made else (numbers[:0],) * 3
    return Packed(packings, symbols, rest, escapes)


def _pack(numbers: np.ndarray) -> tuple[tuple[int, int], np.ndarray, np.ndarray, np.ndarray]:
    """((bits of noise, of a symbol), symbols, noise, escapes) of one group."""
    import numpy as np

    number = numbers.dtype.type
    noise, bits = packing(numbers)
    above = numbers >> number(noise)
    highest = number((1 << bits) - 1)
    symbols = np.minimum(above, highest).astype(np.uint8)
    joined = symbols if bits == 8 else _bits.pack(symbols, bits)
    return (noise, bits), joined, _bits.pack(numbers, noise), above[above >= highest] - highest


def unpack(
    out: np.ndarray,
    ends: np.ndarray,
    packings: np.ndarray,
    symbols: Sequence[bytes | memoryview],
    rest: memoryview,
    places: np.ndarray,
    escapes: np.ndarray,
) -> int:
    used = start = 0
    for end, (noise, bits), joined, place in zip(
        ends.tolist(), packings.tolist(), symbols, places.tolist(), strict=True
    ):
        below = rest[place : place + _bits.size(end - start, noise)]
        used += _unpack(out[start:end], noise, bits, joined, below, escapes[used:])
        if used > len(escapes):
            return used
        start = end
    return used


def _unpack(
    out: np.ndarray, noise: int, bits: int, joined: bytes | memoryview, below: memoryview, escapes: np.ndarray
) -> int:
    import numpy as np

    number = out.dtype.type
    plane = np.frombuffer(joined, np.uint8)
    plane = np.broadcast_to(plane, _bits.size(len(out), bits)) if len(plane) == 1 else plane
    symbols = plane
    if bits != 8:
        symbols = np.empty(len(out), np.uint8)
        _bits.unpack(np.ascontiguousarray(plane).data, bits, symbols)
    escaped = np.flatnonzero(symbols == (1 << bits) - 1)
    if len(escaped) <= len(escapes):
        above = symbols.astype(out.dtype)
        above[escaped] += escapes[: len(escaped)]
        _bits.unpack(below, noise, out)
        out |= above << number(noise)
    return len(escaped)
