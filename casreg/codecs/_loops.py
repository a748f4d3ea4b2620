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


class Keys(NamedTuple):
    """By what elements are sorted."""

    each: np.ndarray
    """A byte an element."""
    tally: np.ndarray
    """How often each of 256 keys occurs in parts of the array: a row a part, as the loops want it."""

    @property
    def counts(self) -> np.ndarray:
        """How often each of 256 keys occurs."""
        counts: np.ndarray = self.tally.sum(axis=0)
        return counts


class Packed(NamedTuple):
    """Numbers, taken apart."""

    symbols: np.ndarray
    """Bytes of one or more symbols."""
    rest: np.ndarray
    """The bits below the symbols."""
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

    def keys(self, base: np.ndarray, shift: int, /, out: np.ndarray | None = None) -> Keys:
        """The lowest eight bits of elements without their sign, from bit ``shift`` on; ``out``: where to."""

    def levels(self, elements: np.ndarray, base: np.ndarray, order: Order, /) -> np.ndarray:
        """Of each stripe of elements the bits of the largest residual, before any sorting."""

    def sort(
        self,
        elements: np.ndarray,
        base: np.ndarray,
        order: Order,
        keys: Keys,
        /,
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """Zigzag of what elements differ by from those of ``base``, those of one key together, in order;
        ``out``: where to."""

    def unsort(
        self, residuals: np.ndarray, base: np.ndarray, order: Order, keys: Keys, out: np.ndarray, /
    ) -> None:
        """Undo :meth:`sort`, into ``out``. What is in ``residuals`` then is undefined."""

    def scale(self, base: np.ndarray, factor: float, /) -> np.ndarray:
        """As :func:`casreg.codecs._delta_elements.scaled` has it."""

    def count(self, numbers: np.ndarray, least: int, /) -> int:
        """How many numbers are ``least`` or more."""

    def length(self, numbers: np.ndarray, most: int, /) -> int:
        """The fewest bits that all numbers fit in but ``most`` of them."""

    def pack(self, numbers: np.ndarray, noise: int, bits: int, /) -> Packed:
        """Numbers as symbols of ``bits`` bits, 8, 4, 2 or 1, above ``noise`` bits, fewer than they have."""

    def unpack(
        self,
        out: np.ndarray,
        noise: int,
        bits: int,
        symbols: np.ndarray,
        rest: memoryview,
        escapes: np.ndarray,
        /,
    ) -> int:
        """Undo :meth:`pack`, into ``out``; how many escapes that took, more than there are if those were
        too few. ``symbols`` and ``rest`` have as many bytes as :meth:`pack` makes."""
