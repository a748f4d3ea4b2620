"""The codecs' inner loops by casreg.codecs._kernel, a module in C: ImportError where it was not built.

Needs numpy, loaded when first used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from casreg.codecs import _bits, _kernel
from casreg.codecs._delta_elements import Order
from casreg.codecs._delta_stripes import count_of
from casreg.codecs._loops import Keys, Packed
from casreg.codecs._planes_elements import Transform

if TYPE_CHECKING:
    import numpy as np

_PARTS: Final = 4
"""Of an array, which the kernel sorts side by side."""


def split(elements: np.ndarray, transform: Transform, out: memoryview | None = None) -> list[np.ndarray]:
    import numpy as np

    shape = elements.itemsize, len(elements)
    planes = np.empty(shape, np.uint8) if out is None else np.frombuffer(out, np.uint8).reshape(shape)
    _kernel.split(elements, elements.itemsize, transform, planes)
    return list(planes)


def merge(planes: Sequence[np.ndarray], transform: Transform, out: np.ndarray) -> None:
    _kernel.merge(tuple(planes), transform, out)


def keys(base: np.ndarray, shift: int, out: np.ndarray | None = None) -> Keys:
    import numpy as np

    each = np.empty(len(base), np.uint8) if out is None else out
    made = Keys(each, np.empty((_PARTS, 256), np.uint32))
    _kernel.keys(base, base.itemsize, shift, *made)
    return made


def levels(elements: np.ndarray, base: np.ndarray, order: Order) -> np.ndarray:
    import numpy as np

    found = np.empty(count_of(len(elements)), np.uint8)
    _kernel.levels(elements, base, elements.itemsize, order, found)
    return found


def sort(
    elements: np.ndarray, base: np.ndarray, order: Order, keys: Keys, out: np.ndarray | None = None
) -> np.ndarray:
    import numpy as np

    left = np.empty_like(elements) if out is None else out
    _kernel.sort(elements, base, elements.itemsize, order, *keys, left)
    return left


def unsort(left: np.ndarray, base: np.ndarray, order: Order, keys: Keys, out: np.ndarray) -> None:
    _kernel.unsort(left, base, left.itemsize, order, *keys, out)


def scale(base: np.ndarray, factor: float) -> np.ndarray:
    import numpy as np

    product = np.empty_like(base)
    _kernel.scale(base, factor, product)
    return product


def count(numbers: np.ndarray, least: int) -> int:
    return 0 if least >> 64 else _kernel.count(numbers, numbers.itemsize, least)


def length(numbers: np.ndarray, most: int) -> int:
    return _kernel.length(numbers, numbers.itemsize, most)


def pack(numbers: np.ndarray, noise: int, bits: int) -> Packed:
    import numpy as np

    escaped = count(numbers, ((1 << bits) - 1) << noise)
    packed = Packed(
        np.empty(_bits.size(len(numbers), bits), np.uint8),
        np.empty(_bits.size(len(numbers), noise), np.uint8),
        np.empty(escaped, numbers.dtype),
    )
    _kernel.pack(numbers, numbers.itemsize, noise, bits, *packed)
    return packed


def unpack(
    out: np.ndarray, noise: int, bits: int, symbols: np.ndarray, rest: memoryview, escapes: np.ndarray
) -> int:
    return _kernel.unpack(out, out.itemsize, noise, bits, symbols, rest, escapes)
