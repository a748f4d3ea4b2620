"""The codecs' inner loops by casreg.codecs._kernel, a module in C: ImportError where it was not built.

Needs numpy, loaded when first used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from casreg.codecs import _kernel, _scratch
from casreg.codecs._delta_elements import Order
from casreg.codecs._delta_stripes import CLASSES, count_of
from casreg.codecs._loops import Packed, Sorted
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


def sort(
    elements: np.ndarray, own: np.ndarray, below: np.ndarray, order: Order, shift: int, out: np.ndarray
) -> Sorted:
    import numpy as np

    made = Sorted(np.empty(count_of(len(elements)), np.uint8), _room_for_tally())
    _kernel.sort(elements, own, below, elements.itemsize, order, shift, *made, out)
    return made


def tally(own: np.ndarray, shift: int, classes: np.ndarray) -> np.ndarray:
    found = _room_for_tally()
    _kernel.tally(own, own.itemsize, shift, classes, found)
    return found


def _room_for_tally() -> np.ndarray:
    import numpy as np

    return np.empty((_PARTS, CLASSES * 256), np.uint32)


def unsort(
    residuals: np.ndarray,
    own: np.ndarray,
    below: np.ndarray,
    order: Order,
    shift: int,
    by: Sorted,
    out: np.ndarray,
) -> None:
    _kernel.unsort(residuals, own, below, own.itemsize, order, shift, *by, out)


def scale(base: np.ndarray, factor: float) -> np.ndarray:
    import numpy as np

    product = np.empty_like(base)
    _kernel.scale(base, factor, product)
    return product


def pack(numbers: np.ndarray, ends: np.ndarray) -> Packed:
    import numpy as np

    packings = np.empty((len(ends), 2), np.uint8)
    symbols = _scratch.array("symbols", len(numbers), "u1")
    rest = _scratch.array("rest", numbers.nbytes, "u1")
    escapes = _scratch.array("escapes", len(numbers), numbers.dtype)
    escaped = _kernel.pack(numbers, numbers.itemsize, ends, packings, symbols, rest, escapes)
    return Packed(packings, symbols, rest, escapes[:escaped])


def unpack(
    out: np.ndarray,
    ends: np.ndarray,
    packings: np.ndarray,
    symbols: Sequence[bytes | memoryview],
    rest: memoryview,
    places: np.ndarray,
    escapes: np.ndarray,
) -> int:
    return _kernel.unpack(out, out.itemsize, ends, packings, tuple(symbols), rest, places, escapes)
