"""Residuals in groups, by the exponent of what they are residuals to: the same size, the same spread.

Groups follow from the base alone, so a reader has them too; nothing of them is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from casreg.codecs import kernel
from casreg.codecs._planes_frames import Effort, Kind, frame

if TYPE_CHECKING:
    import numpy as np

LEAST: Final = 512
"""Elements of a group: with fewer, the next exponent joins it."""
WIDTHS: Final = (1, 2, 4, 8)
"""Bits that a symbol may have."""
_SPREAD: Final = 6
"""Bits of a symbol that tell residuals apart; those below are noise."""
_RARE: Final = 256
"""One residual in so many may be an escape by its size."""
_FEW: Final = 4
"""Residuals of up to this many bits have several symbols in a byte, if that makes few escapes."""
_ESCAPES: Final = 12
"""One in so many: they cost little more than their own entropy. Measured on weights in bf16."""


def groups(counts: np.ndarray) -> list[int]:
    """Where each group ends among the sorted elements; ``counts``: how often each exponent occurs."""
    ends: list[int] = []
    pending = at = 0
    for count in counts[counts.nonzero()].tolist():
        at, pending = at + count, pending + count
        if pending >= LEAST:
            ends.append(at)
            pending = 0
    if pending:
        ends[-1:] = [at]
    return ends


class Group(NamedTuple):
    """The residuals of a group, as they are stored."""

    noise: int
    """Bits of each residual that are stored as they are, below its symbol."""
    width: int
    """Bits of a symbol; the highest of them says that the rest is among the escapes."""
    kind: Kind
    symbols: bytes | memoryview
    bits: memoryview
    escapes: np.ndarray
    """What is above the noise, less the highest symbol."""


def encode(residuals: np.ndarray) -> Group:
    noise, width = _chosen(residuals)
    packed = kernel.loops().pack(residuals, noise, width)
    kind, symbols = frame(packed.symbols, Effort.ENTROPY)
    return Group(noise, width, kind, symbols, packed.rest.data, packed.escapes)


def _chosen(residuals: np.ndarray) -> tuple[int, int]:
    """(bits of noise, bits of a symbol)."""
    loops = kernel.loops()
    bits = loops.length(residuals, len(residuals) // _RARE)
    if bits > _FEW:
        return max(0, bits - _SPREAD), 8
    most = len(residuals) // _ESCAPES
    return 0, next((width for width in WIDTHS if loops.count(residuals, (1 << width) - 1) <= most), 8)
