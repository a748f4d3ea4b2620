"""What the codecs ask of their inner loops.

An array here is of unsigned little-endian integers, whatever the elements mean, at any address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from casreg.codecs._delta_elements import Order
from casreg.codecs._planes_elements import Transform

if TYPE_CHECKING:
    import numpy as np


class Sorted(NamedTuple):
    """Residuals of an array, those of one class of stripes and one key together, in order."""

    classes: np.ndarray
    """A byte a stripe."""
    tally: np.ndarray
    """How often each key occurs in each class, in parts of the array: a row a part, as the loops want it."""


class Packed(NamedTuple):
    """Numbers in groups, taken apart."""

    packings: np.ndarray
    """A row a group: bits of noise, bits of a symbol."""
    symbols: np.ndarray
    """Bytes of one or more symbols, a group's after the other's."""
    rest: np.ndarray
    """The bits below the symbols, likewise."""
    escapes: np.ndarray
    """What is above the bits below, less the highest symbol, where there is no lower one for it."""


class Loops(Protocol):
    """A module of functions; every such module gives the same bytes."""

    __name__: str

    def split(
        self, elements: np.ndarray, transform: Transform, /, out: memoryview | None = None
    ) -> list[np.ndarray]:
        """The bytes of the transformed elements, one array per place in them, the lowest first.

        ``out``: where to, as many bytes as the elements have."""

    def merge(self, planes: Sequence[np.ndarray], transform: Transform, out: np.ndarray, /) -> None:
        """Undo :meth:`split`, into ``out``; a plane may be one byte, which all elements have there."""

    def sort(
        self,
        elements: np.ndarray,
        own: np.ndarray,
        below: np.ndarray,
        order: Order,
        shift: int,
        out: np.ndarray,
        /,
    ) -> Sorted:
        """Zigzag of what elements differ by from those of ``below``, into ``out``: by the class of their
        stripe, then by the exponent of the element of ``own``, then in order."""

    def tally(self, own: np.ndarray, shift: int, classes: np.ndarray, /) -> np.ndarray:
        """As :meth:`sort` gives it."""

    def unsort(
        self,
        residuals: np.ndarray,
        own: np.ndarray,
        below: np.ndarray,
        order: Order,
        shift: int,
        by: Sorted,
        out: np.ndarray,
        /,
    ) -> None:
        """Undo :meth:`sort`, into ``out``."""

    def scale(self, base: np.ndarray, factor: float, /) -> np.ndarray:
        """As :func:`casreg.codecs._delta_elements.scaled` has it."""

    def pack(self, numbers: np.ndarray, ends: np.ndarray, /) -> Packed:
        """Numbers, of which a group ends at each of ``ends``, as symbols above noise: as
        :func:`casreg.codecs._delta_groups.packing` has it. The result may lie in scratch memory."""

    def unpack(
        self,
        out: np.ndarray,
        ends: np.ndarray,
        packings: np.ndarray,
        symbols: Sequence[bytes | memoryview],
        rest: memoryview,
        places: np.ndarray,
        escapes: np.ndarray,
        /,
    ) -> int:
        """Undo :meth:`pack`, into ``out``; how many escapes that took, more than there are if those were
        too few. ``symbols``: of each group as many bytes as :meth:`pack` makes, or the one that they all are;
        ``places``: where in ``rest`` the bits below those of each group begin."""
