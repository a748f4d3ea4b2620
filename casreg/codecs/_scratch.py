"""Arrays for what lives no longer than one step of a codec: their memory stays with the thread that asks.

Pages that are touched for the first time with every chunk cost a codec a third of its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from casreg.slabs import Scratch

if TYPE_CHECKING:
    import numpy as np

_MEMORY: Final = Scratch()
turn = _MEMORY.turn
"""As :meth:`casreg.slabs.Scratch.turn` has it."""


def array(name: str, count: int, dtype: Any) -> np.ndarray:
    """Uninitialised; the one of this name before is gone. Within :func:`turn`."""
    import numpy as np

    kind = np.dtype(dtype)
    return np.frombuffer(_MEMORY.take(name, count * kind.itemsize), kind, count)
