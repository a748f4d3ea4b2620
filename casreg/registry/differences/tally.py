"""Two stretches of a tensor, compared element by element."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from casreg.registry.differences.facts import Norms
from casreg.registry.differences.floats import FLOATS, numbers
from casreg.tensors import ELEMENT_SIZES

if TYPE_CHECKING:
    Numbers = NDArray[np.float64]

_AT_ONCE: Final = 1 << 18
"""Bytes that are looked at in one go: few enough to stay in the caches as float64."""
_SAFE: Final = 1e-140, 1e140
"""Between them squares, and sums of as many as there are, neither overflow nor vanish."""


@dataclass(slots=True)
class Tally:
    """What was counted of a tensor so far."""

    changed: int = 0
    nonfinite: int = 0
    moved: float = 0.0
    """The norm of ``b - a``."""
    length: float = 0.0
    """The norm of ``a``."""
    largest: float = 0.0

    def __iadd__(self, other: Tally) -> Tally:
        self.changed += other.changed
        self.nonfinite += other.nonfinite
        self.moved = math.hypot(self.moved, other.moved)
        self.length = math.hypot(self.length, other.length)
        self.largest = max(self.largest, other.largest)
        return self

    @property
    def norms(self) -> Norms:
        return Norms(
            l2=self.moved,
            length=self.length,
            relative=self.moved / self.length if 0 < self.length < math.inf else None,
            largest=self.largest,
            nonfinite=self.nonfinite,
        )


def counted(word: str, a: memoryview, b: memoryview | None) -> Tally:
    """The tally of whole elements of dtype ``word``; without ``b``, which then is as ``a``, of ``a``'s norm
    alone. Elements of words that are not known are bytes."""
    tally = Tally()
    for start in range(0, len(a), _AT_ONCE):
        stop = start + _AT_ONCE
        tally += _counted(word, a[start:stop], None if b is None else b[start:stop])
    return tally


def _counted(word: str, a: memoryview, b: memoryview | None) -> Tally:
    tally = Tally()
    if b is not None:
        bits = f"<u{ELEMENT_SIZES.get(word, 1)}"
        tally.changed = int(np.count_nonzero(np.frombuffer(a, bits) != np.frombuffer(b, bits)))
    if word not in FLOATS:
        return tally
    first = numbers(a, word)
    finite = np.isfinite(first)
    tally.length = _norm(np.where(finite, first, 0.0))
    if b is not None and tally.changed:
        second = numbers(b, word)
        finite &= np.isfinite(second)
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is left out
            change = np.where(finite, second - first, 0.0)
        tally.moved, tally.largest = _norm(change), float(np.abs(change).max(initial=0.0))
        bits = f"<u{len(a) // len(first)}"  # of one number: a complex one has two
        differ = np.frombuffer(a, bits) != np.frombuffer(b, bits)
        tally.nonfinite = int(np.count_nonzero(differ & ~finite))
    return tally


def _norm(values: Numbers) -> float:
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0.0 or math.isinf(largest) or _SAFE[0] < largest < _SAFE[1]:
        return largest and math.sqrt(float(np.dot(values, values)))
    scaled = values / largest
    return largest * math.sqrt(float(np.dot(scaled, scaled)))
