"""What the codecs ask of their inner loops.

An array here is of unsigned little-endian integers, whatever the elements mean, at any address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from casreg.codecs._delta_elements import Order
from casreg.codecs._huffman import Outcome
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

    heads: np.ndarray
    """Of each group, as :data:`casreg.codecs._delta_groups.HEAD` has it; the kind may be :data:`SEARCH`."""
    body: np.ndarray
    """Symbols as they are stored, and the bits below them: a group's after the other's."""
    escapes: np.ndarray
    """What is above the bits below, less the highest symbol, where there is no lower one for it."""


SEARCH: Final = 3
"""Instead of a kind: the bytes as they are, in which a search for matches may pay."""


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

    def compress(self, plane: np.ndarray, /) -> bytes | Outcome:
        """As :func:`casreg.codecs._huffman.compress` has it."""

    def decompress(self, frame: bytes | memoryview, count: int, /) -> np.ndarray | None:
        """The ``count`` bytes that a frame holds; None if zstd must be asked."""

    def pack(self, numbers: np.ndarray, ends: np.ndarray, /) -> Packed:
        """Numbers, of which a group ends at each of ``ends``, as symbols above noise: as
        :func:`casreg.codecs._delta_groups.packing` has it. The result may lie in scratch memory."""

    def read(
        self, body: memoryview, ends: np.ndarray, heads: np.ndarray, symbols: np.ndarray, /
    ) -> Sequence[int]:
        """Fill ``symbols`` with those of all groups, end to end, but for these groups: zstd must be asked for
        them. ``heads`` are those of ``body``, and of kinds that are stored."""

    def unpack(
        self,
        out: np.ndarray,
        ends: np.ndarray,
        heads: np.ndarray,
        symbols: np.ndarray,
        body: memoryview,
        escapes: np.ndarray,
        /,
    ) -> int:
        """Undo :meth:`pack`, into ``out``; how many escapes that took, more than there are if those were
        too few. ``symbols``: as :meth:`read` gives them."""
