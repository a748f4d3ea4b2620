"""Residuals in groups, by the exponent of what they are residuals to: the same size, the same spread.

Groups follow from the base alone, so a reader has them too; nothing of them is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from casreg.codecs import _bits
from casreg.codecs._planes_frames import Effort, Kind, frame

if TYPE_CHECKING:
    import numpy as np

LEAST: Final = 512
"""Elements of a group: with fewer, the next exponent joins it."""
WIDTHS: Final = (8, 4, 2, 1)
"""Bits that a symbol may have."""
_SPREAD: Final = 6
"""Bits of a symbol that tell residuals apart; those below are noise."""
_RARE: Final = 256
"""One residual in so many may be an escape by its size."""
_FEW: Final = 4
"""Residuals of up to this many bits are tried with several symbols in a byte."""


def groups(exponents: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """(positions of the elements, group after group, each in order; where each group ends)."""
    import numpy as np

    ends, pending, at = [], 0, 0
    for count in np.bincount(exponents, minlength=1).tolist():
        at, pending = at + count, pending + count
        if pending >= LEAST:
            ends.append(at)
            pending = 0
    if pending:
        ends[-1:] = [at]
    return np.argsort(exponents, kind="stable"), ends


class Group(NamedTuple):
    """The residuals of a group, as they are stored."""

    noise: int
    """Bits of each residual that are stored as they are, below its symbol."""
    width: int
    """Bits of a symbol; the highest of them says that the rest is among the escapes."""
    kind: Kind
    symbols: bytes | memoryview
    bits: bytes
    escapes: np.ndarray
    """What is above the noise, less the highest symbol."""

    @property
    def size(self) -> int:
        return len(self.symbols) + len(self.bits) + self.escapes.itemsize * len(self.escapes)


def encode(residuals: np.ndarray) -> Group:
    """The cheapest of the ways that are worth a try."""
    import numpy as np

    usual = len(residuals) - 1 - len(residuals) // _RARE
    bits = int(np.partition(residuals, usual)[usual]).bit_length()
    if bits > _FEW:
        return _encode(residuals, max(0, bits - _SPREAD), 8)
    return min((_encode(residuals, 0, width) for width in WIDTHS), key=lambda group: group.size)


def _encode(residuals: np.ndarray, noise: int, width: int) -> Group:
    import numpy as np

    number = residuals.dtype.type
    above = residuals >> number(noise) if noise else residuals
    highest = (1 << width) - 1
    escaped = above >= highest
    symbols = np.minimum(above, number(highest)).astype(np.uint8)
    kind, data = frame(_joined(symbols, width), Effort.ENTROPY)
    return Group(noise, width, kind, data, _bits.pack(residuals, noise), above[escaped] - number(highest))


def decode(
    out: np.ndarray, noise: int, symbols: np.ndarray, bits: memoryview, escapes: np.ndarray, highest: int
) -> int:
    """Fill ``out`` with the residuals of a group; how many ``escapes`` that took, -1 if there are too few."""
    import numpy as np

    number = out.dtype.type
    escaped = np.flatnonzero(symbols == highest)
    if len(escaped) > len(escapes):
        return -1
    above = symbols.astype(out.dtype)
    above[escaped] += escapes[: len(escaped)]
    _bits.unpack(bits, noise, out)
    out |= above << number(noise) if noise else above
    return len(escaped)


def _joined(symbols: np.ndarray, width: int) -> np.ndarray:
    """Symbols of fewer than eight bits, several to a byte, the first in the lowest bits."""
    import numpy as np

    if width == 8:
        return symbols
    return np.frombuffer(_bits.pack(symbols, width), np.uint8)


def parted(data: np.ndarray, count: int, width: int) -> np.ndarray:
    """Undo :func:`_joined`."""
    import numpy as np

    if width == 8:
        return data
    symbols = np.empty(count, np.uint8)
    _bits.unpack(data.data, width, symbols)
    return symbols
