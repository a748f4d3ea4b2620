"""The codecs' inner loops by numpy: the reference. Needs numpy, loaded when first used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from casreg.codecs import _bits, _huffman
from casreg.codecs import _planes_elements as planes_elements
from casreg.codecs._delta_elements import Order, exponents, residuals, restored, scaled
from casreg.codecs._delta_groups import HEAD, packing
from casreg.codecs._delta_stripes import CLASSES, STRIPE, classes_of, count_of
from casreg.codecs._huffman import Outcome
from casreg.codecs._loops import SEARCH, Packed, Sorted
from casreg.codecs._planes_elements import Transform, forward, invert, put
from casreg.codecs._planes_kinds import Kind

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


def compress(plane: np.ndarray) -> bytes | Outcome:
    return _huffman.compress(plane)


def decompress(frame: bytes | memoryview, count: int) -> np.ndarray | None:  # noqa: ARG001  # zstd reads all
    return None


def pack(numbers: np.ndarray, ends: np.ndarray) -> Packed:
    import numpy as np

    heads = np.empty(len(ends), HEAD)
    body: list[np.ndarray] = []
    escapes = [numbers[:0]]
    for at, group in enumerate(np.split(numbers, ends)[:-1]):
        noise, bits, joined, escaped = _pack(group)
        kind, stored = _stored(joined)
        heads[at] = noise, bits, kind, len(stored)
        body += (stored, _bits.pack(group, noise))
        escapes.append(escaped)
    return Packed(heads, np.concatenate(body or [np.empty(0, np.uint8)]), np.concatenate(escapes))


def _pack(numbers: np.ndarray) -> tuple[int, int, np.ndarray, np.ndarray]:
    """Bits of noise, bits of a symbol, symbols, escapes of one group."""
    import numpy as np

    number = numbers.dtype.type
    noise, bits = packing(numbers)
    above = numbers >> number(noise)
    highest = number((1 << bits) - 1)
    symbols = np.minimum(above, highest).astype(np.uint8)
    joined = symbols if bits == 8 else _bits.pack(symbols, bits)
    return noise, bits, joined, above[above >= highest] - highest


def _stored(plane: np.ndarray) -> tuple[int, np.ndarray]:
    """(kind, bytes)."""
    import numpy as np

    if (plane == plane[0]).all():
        return Kind.CONSTANT, plane[:1]
    made = _huffman.compress(plane)
    if isinstance(made, bytes):
        return Kind.ZSTD, np.frombuffer(made, np.uint8)
    return SEARCH if made == Outcome.MATCHES else Kind.RAW, plane


def read(body: memoryview, ends: np.ndarray, heads: np.ndarray, symbols: np.ndarray) -> Sequence[int]:
    import numpy as np

    unread = []
    start = at = done = 0
    for group, (end, head) in enumerate(zip(ends.tolist(), heads.tolist(), strict=True)):
        noise, bits, kind, length = head
        size = _bits.size(end - start, bits)
        if kind == Kind.ZSTD:
            unread.append(group)
        else:
            symbols[done : done + size] = np.frombuffer(body[at : at + length], np.uint8)
        at += length + _bits.size(end - start, noise)
        start, done = end, done + size
    return unread


def unpack(
    out: np.ndarray,
    ends: np.ndarray,
    heads: np.ndarray,
    symbols: np.ndarray,
    body: memoryview,
    escapes: np.ndarray,
) -> int:
    used = start = at = done = 0
    for end, (noise, bits, _, length) in zip(ends.tolist(), heads.tolist(), strict=True):
        joined, rest = _bits.size(end - start, bits), _bits.size(end - start, noise)
        at += length
        plane = symbols[done : done + joined]
        used += _unpack(out[start:end], noise, bits, plane, body[at : at + rest], escapes[used:])
        if used > len(escapes):
            return used
        start, at, done = end, at + rest, done + joined
    return used


def _unpack(
    out: np.ndarray, noise: int, bits: int, plane: np.ndarray, below: memoryview, escapes: np.ndarray
) -> int:
    import numpy as np

    number = out.dtype.type
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
