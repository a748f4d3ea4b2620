"""Residuals in groups, by the exponent of what they are residuals to: the same size, the same spread.

Groups follow from the base and the classes of stripes, so a reader has them too; nothing of them is stored.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

from casreg.codecs._delta_stripes import CLASSES
from casreg.codecs._planes_kinds import Kind

if TYPE_CHECKING:
    import numpy as np

LEAST: Final = 512
"""Elements of a group: with fewer, the next exponent joins it."""
HEAD: Final = [("noise", "u1"), ("bits", "u1"), ("kind", "u1"), ("length", "<u4")]
"""What is stored of a group ahead of all symbols, for numpy; the length is that of its symbols."""
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


def groups(tally: np.ndarray) -> np.ndarray:
    """Where each group ends among the sorted elements, in 32 bits; ``tally``: how often each key occurs, as
    :class:`casreg.codecs._loops.Sorted` has it."""
    import numpy as np

    ends: list[int] = []
    for counts in tally.sum(axis=0).reshape(CLASSES, 256):
        ends += _ends(counts[counts.nonzero()].tolist(), ends[-1] if ends else 0)
    return np.array(ends, np.uint32)


def _ends(counts: list[int], at: int) -> list[int]:
    """Those of a class that begins at ``at``."""
    ends: list[int] = []
    pending = 0
    for count in counts:
        at, pending = at + count, pending + count
        if pending >= LEAST:
            ends.append(at)
            pending = 0
    if pending:
        ends[-1:] = [at]
    return ends


class Layout(NamedTuple):
    """Of the groups that heads tell of."""

    symbols: np.ndarray
    """Bytes of each group's symbols before they are stored."""
    places: np.ndarray
    """Where each group's stored bytes begin; where the last one's end."""


def layout(heads: np.ndarray, ends: np.ndarray) -> Layout:
    """``heads``: of any content."""
    import numpy as np

    counts = np.diff(ends.astype(np.int64), prepend=0)
    places = np.zeros(len(ends) + 1, np.int64)
    np.cumsum(heads["length"] + (counts * heads["noise"] + 7) // 8, out=places[1:])
    return Layout((counts * heads["bits"] + 7) // 8, places)


def misfit(heads: np.ndarray, symbols: np.ndarray, width: int) -> int | None:
    """The first group of which no stored bytes can be as its head says, for elements of ``width`` bytes."""
    import numpy as np

    noise, bits, kind, length = (heads[name] for name, _ in HEAD)
    bad = (noise >= 8 * width) | (bits == 0) | (bits > WIDTHS[-1]) | (bits & (bits - 1) != 0)
    bad |= (kind > Kind.ZSTD) | ((kind == Kind.CONSTANT) & (length != 1))
    bad |= (kind == Kind.RAW) & (length != symbols)
    found = np.flatnonzero(bad)
    return int(found[0]) if len(found) else None


def packing(residuals: np.ndarray) -> tuple[int, int]:
    """(bits of noise, bits of a symbol) of a group."""
    bits = _length(residuals, len(residuals) // _RARE)
    if bits > _FEW:
        return max(0, bits - _SPREAD), 8
    most = len(residuals) // _ESCAPES
    return 0, next((width for width in WIDTHS if _count(residuals, (1 << width) - 1) <= most), 8)


def _length(numbers: np.ndarray, most: int) -> int:
    """The fewest bits that all numbers fit in but ``most`` of them."""
    lengths = range(8 * numbers.itemsize)
    return bisect_left(lengths, True, key=lambda length: _count(numbers, 1 << length) <= most)


def _count(numbers: np.ndarray, least: int) -> int:
    """How many numbers are ``least`` or more."""
    import numpy as np

    if least >> 8 * numbers.itemsize:
        return 0
    return int(np.count_nonzero(numbers >= numbers.dtype.type(least)))
