"""Reading a file's structure within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from casreg.borders.layout import Malformed

MAX_READ: Final = 64 << 20
"""Bytes of structure that are read of one file, at most."""
_AHEAD: Final = 256


class Window:
    """A file of known size, of which at most ``MAX_READ`` bytes may be read."""

    def __init__(self, size: int, read: Callable[[int, int], bytes]) -> None:
        self.size = size
        self._read = read
        self._left = MAX_READ
        self._start = 0
        self._block = b""

    def take(self, start: int, stop: int) -> bytes:
        """These bytes. Raises Malformed if the file has not all of them, or too much was read already."""
        if not 0 <= start <= stop <= self.size:
            raise Malformed(f"bytes {start} to {stop} of {self.size}")
        if not self._start <= start <= stop <= self._start + len(self._block):
            if stop - start > self._left:
                raise Malformed("more structure than is read")
            end = min(max(stop, start + _AHEAD), self.size, start + self._left)
            self._left -= end - start
            block = self._read(start, end)
            if len(block) != end - start:
                raise Malformed("shorter than it was said to be")
            self._start, self._block = start, block
        return self._block[start - self._start : stop - self._start]
