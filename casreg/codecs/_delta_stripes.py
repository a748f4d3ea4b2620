"""Stripes of an array: those that moved much apart from those that hardly did.

The rows of an embedding that a step did not touch have residuals of few bits, or none; one row that it
did touch would make noise of all bits of its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

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
        self._chosen = chosen
        self._all = bool(chosen.all())

    def of(self, elements: np.ndarray) -> np.ndarray:
        """Those of an array, end to end; the array itself, if they are all."""
        import numpy as np

        if self._all:
            return elements
        whole = len(elements) // STRIPE
        rows: np.ndarray = elements[: whole * STRIPE].reshape(-1, STRIPE)[self._chosen[:whole]].reshape(-1)
        if len(self._chosen) > whole and self._chosen[-1]:
            rows = np.concatenate([rows, elements[whole * STRIPE :]])
        return rows

    def put(self, out: np.ndarray, elements: np.ndarray) -> None:
        """Undo :meth:`of`, into their places of ``out``."""
        if self._all:
            if elements is not out:
                out[:] = elements
            return
        whole = len(out) // STRIPE
        chosen = self._chosen[:whole]
        rows = int(chosen.sum()) * STRIPE
        out[: whole * STRIPE].reshape(-1, STRIPE)[chosen] = elements[:rows].reshape(-1, STRIPE)
        if len(self._chosen) > whole and self._chosen[-1]:
            out[whole * STRIPE :] = elements[rows:]
