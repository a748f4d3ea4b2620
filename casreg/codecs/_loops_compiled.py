"""The codecs' inner loops by casreg.codecs._kernel, a module in C: ImportError where it was not built.

Needs numpy, loaded when first used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from casreg.codecs import _kernel, _scratch
from casreg.codecs._delta_elements import Order
from casreg.codecs._delta_groups import HEAD
from casreg.codecs._delta_stripes import CLASSES, count_of
from casreg.codecs._huffman import Outcome
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


def compress(plane: np.ndarray) -> bytes | Outcome:
    import numpy as np

    room = np.empty(len(plane), np.uint8)
    size = _kernel.compress(plane, room)
    return room[:size].tobytes() if size > 0 else Outcome(size)


def decompress(frame: bytes | memoryview, count: int) -> np.ndarray | None:
    import numpy as np

    plane = np.empty(count, np.uint8)
    return plane if _kernel.decompress(frame, plane) else None


def pack(numbers: np.ndarray, ends: np.ndarray) -> Packed:
    import numpy as np

    heads = np.empty(len(ends), HEAD)
    symbols = _scratch.array("symbols", len(numbers), "u1")
    body = _scratch.array("body", len(numbers) + numbers.nbytes, "u1")
    escapes = _scratch.array("escapes", len(numbers), numbers.dtype)
    size, escaped = _kernel.pack_groups(
        numbers, numbers.itemsize, ends, symbols, heads.view(np.uint8), body, escapes
    )
    return Packed(heads, body[:size], escapes[:escaped])


def read(body: memoryview, ends: np.ndarray, heads: np.ndarray, symbols: np.ndarray) -> Sequence[int]:
    import numpy as np

    unread = np.empty(len(ends), np.uint8)
    found = _kernel.read_groups(body, ends, heads.view(np.uint8), symbols, unread)
    return np.flatnonzero(unread).tolist() if found else ()


def unpack(
    out: np.ndarray,
    ends: np.ndarray,
    heads: np.ndarray,
    symbols: np.ndarray,
    body: memoryview,
    escapes: np.ndarray,
) -> int:
    import numpy as np

    return _kernel.unpack_groups(out, out.itemsize, ends, heads.view(np.uint8), symbols, body, escapes)
