"""Stripes of an array: those that moved much apart from those that hardly did.

The rows of an embedding that a step did not touch have residuals of few bits, or none; one row that it
did touch would make noise of all bits of its neighbours.
"""

from __future__ import annotations

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


def classes_of(levels: np.ndarray) -> np.ndarray:
    """The class of each stripe, from the bits of its largest residual."""
    import numpy as np

    return np.searchsorted(_FROM, levels, side="right").astype(np.uint8)
