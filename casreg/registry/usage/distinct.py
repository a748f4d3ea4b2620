"""Sizes of what is met again and again, each counted once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_PENDING: Final = 1 << 18
"""Keys that are kept before they are sorted in, at least."""
_Column = NDArray[np.uint64]


class Distinct:
    """Keys of 64 bits and their sizes; memory grows with the number of distinct keys alone."""

    def __init__(self) -> None:
        self._keys: list[_Column] = [np.empty(0, np.uint64)]
        self._sizes: list[_Column] = [np.empty(0, np.uint64)]
        self._pending = 0

    def add(self, keys: _Column, sizes: _Column) -> None:
        self._keys.append(keys)
        self._sizes.append(sizes)
        self._pending += len(keys)
        if self._pending > max(_PENDING, len(self._keys[0])):
            self._sort()

    @property
    def size(self) -> int:
        """Of all distinct keys together; of sizes that differ for one key, the first."""
        self._sort()
        return int(self._sizes[0].sum())

    def __len__(self) -> int:
        self._sort()
        return len(self._keys[0])

    def _sort(self) -> None:
        if len(self._keys) > 1:
            keys, first = np.unique(np.concatenate(self._keys), return_index=True)
            self._sizes, self._keys = [np.concatenate(self._sizes)[first]], [keys]
            self._pending = 0
