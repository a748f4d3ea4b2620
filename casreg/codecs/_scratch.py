"""Arrays for what lives no longer than one step of a codec: their memory stays with the thread that asks.

Pages that are touched for the first time with every chunk cost a codec a third of its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casreg.slabs import Scratch

if TYPE_CHECKING:
    import numpy as np


class ArrayScratch:
    """One array at a time, of any type; the one before is gone with the next."""

    def __init__(self) -> None:
        self._memory = Scratch()

    def take(self, count: int, dtype: Any) -> np.ndarray:
        """Uninitialised."""
        import numpy as np

        kind = np.dtype(dtype)
        return np.frombuffer(self._memory.take(count * kind.itemsize), kind, count)
