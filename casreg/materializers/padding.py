"""Bytes of an array's elements that mean nothing: between the fields of a structure, and behind the 80 bits
of a ``longdouble``. They are whatever was in memory: kept as zeros, equal arrays are stored alike."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

_EXTENDED: Final = 10
"""Bytes of a number in Intel's extended precision."""


def zeroed(block: memoryview, dtype: np.dtype) -> memoryview:
    """Elements of ``dtype``, with zeros for the bytes of them that mean nothing: ``block``, or a copy."""
    import numpy as np

    padding = _padding(dtype)
    if padding is None or not len(block):
        return block
    elements = np.frombuffer(block, np.uint8).reshape(-1, dtype.itemsize).copy()
    elements[:, padding] = 0
    return elements.reshape(-1).data


@lru_cache(maxsize=256)
def _padding(dtype: np.dtype) -> np.ndarray | None:
    """Which bytes of an element mean nothing; None if there is no such."""
    if dtype.names is None and dtype.subdtype is None and dtype.char not in "gG":
        return None
    meaning = _meaning(dtype)
    return None if meaning.all() else ~meaning


def _meaning(dtype: np.dtype) -> np.ndarray:
    """Which bytes of an element mean something."""
    import numpy as np

    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return np.tile(_meaning(base), int(np.prod(shape)))
    if dtype.fields is not None:
        meaning = np.zeros(dtype.itemsize, bool)
        for field, offset in ((found[0], found[1]) for found in dtype.fields.values()):
            meaning[offset : offset + field.itemsize] |= _meaning(field)
        return meaning
    meaning = np.ones(dtype.itemsize, bool)
    if dtype.char in "gG" and np.finfo(np.longdouble).nmant == 63:
        numbers = meaning.reshape(-1, np.dtype(np.longdouble).itemsize)
        numbers[:, _EXTENDED:] = False
        if not dtype.isnative:
            numbers[:] = numbers[:, ::-1]
    return meaning
