"""Stripes of an array: those that moved much apart from those that hardly did.

The rows of an embedding that a step did not touch have residuals of few bits, or none; one row that it
did touch would make noise of all bits of its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from casreg.codecs import _scratch

if TYPE_CHECKING:
    import numpy as np

STRIPE: Final = 128
"""Elements."""
CLASSES: Final = 4
_FROM: Final = (1, 9, 17)
"""Bits of a stripe's largest residual from which on it is of the next class."""


def count_of(elements: int) -> int:
    """Stripes of an array; the last one may be shorter."""
    return -(-elements // STRIPE)


def classes(levels: np.ndarray) -> np.ndarray:
    """The class of each stripe, from the bits of its largest residual."""
    import numpy as np

    return np.searchsorted(_FROM, levels, side="right").astype(np.uint8)


def parts(of: np.ndarray) -> Iterator[Part]:
    """The classes that occur, the lowest first; ``of``: the class of each stripe."""
    for number in range(CLASSES):
        chosen = of == number
        if chosen.any():
            yield Part(chosen)


class Part:
    """The stripes of one class."""

    def __init__(self, chosen: np.ndarray) -> None:
        self._chosen = chosen.nonzero()[0]
        self.is_all = len(self._chosen) == len(chosen)

    def of(self, elements: np.ndarray, scratch: str) -> np.ndarray:
        """Those of an array, end to end, in the scratch of that name; the array itself, if they are all."""
        if self.is_all:
            return elements
        chosen, whole = self._whole(elements)
        over = elements[whole.size :] if len(chosen) < len(self._chosen) else elements[:0]
        size = len(chosen) * STRIPE
        rows = _scratch.array(scratch, size + len(over), elements.dtype)
        whole.take(
            chosen, axis=0, out=rows[:size].reshape(-1, STRIPE), mode="clip"
        )  # which does not copy twice
        rows[size:] = over
        return rows

    def put(self, out: np.ndarray, elements: np.ndarray) -> None:
        """Undo :meth:`of`, into their places of ``out``."""
        if self.is_all:
            if elements is not out:
                out[:] = elements
            return
        chosen, whole = self._whole(out)
        rows = len(chosen) * STRIPE
        whole[chosen] = elements[:rows].reshape(-1, STRIPE)
        if len(chosen) < len(self._chosen):
            out[whole.size :] = elements[rows:]

    def _whole(self, elements: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(which of them are chosen, the stripes that are not shorter than others)."""
        count = len(elements) // STRIPE
        last = len(self._chosen) - (self._chosen[-1] == count)
        return self._chosen[:last], elements[: count * STRIPE].reshape(-1, STRIPE)
