"""Which inner loops the codecs run: compiled ones where casreg was installed with a compiler, else numpy's.

Both give the same bytes; numpy's are what the compiled ones are held against.
"""

from __future__ import annotations

import os
from typing import Final

from casreg.codecs import _loops_numpy
from casreg.codecs._loops import Loops


def _compiled() -> Loops | None:
    try:
        from casreg.codecs import _loops_compiled
    except ImportError:
        return None
    return _loops_compiled


NUMPY: Final[Loops] = _loops_numpy
COMPILED: Final = _compiled()
"""None where the kernel was not built."""

# Read here and not at the rim, and once: whoever doubts the kernel must be able to do without it in any
# program that uses casreg, and a pure transform is told nothing by its callers.
SWITCHED_OFF: Final = os.environ.get("CASREG_KERNEL") == "0"

_used: Loops = COMPILED if COMPILED and not SWITCHED_OFF else NUMPY


def loops() -> Loops:
    """Those in use."""
    return _used


def use(loops: Loops) -> None:
    """Have all threads run ``loops`` from now on."""
    global _used  # noqa: PLW0603
    _used = loops
