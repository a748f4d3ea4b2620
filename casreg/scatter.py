"""The destination of a read: buffers that may be many, and chunks that may lie across them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from casreg.slices import Piece


class Scatter:
    """Buffers that count as one, laid end to end."""

    def __init__(self, buffers: Sequence[memoryview]) -> None:
        self._buffers = buffers
        self._starts = list(accumulate((len(b) for b in buffers), initial=0))

    def whole(self, at: int, size: int) -> memoryview | None:
        """The bytes ``at:at + size``, if they lie in one buffer."""
        i = bisect_right(self._starts, at) - 1
        offset = at - self._starts[i]
        if i < len(self._buffers) and offset + size <= len(self._buffers[i]):
            return self._buffers[i][offset : offset + size]
        return None

    def home(self, pieces: Sequence[Piece], size: int) -> memoryview | None:
        """Where one of a chunk's pieces has all ``size`` bytes of it go to in one buffer, if there is one."""
        for piece in pieces:
            if piece.stop - piece.start == size and (view := self.whole(piece.at, size)) is not None:
                return view
        return None

    def forget(self) -> None:
        """Let go of the buffers: work that was cancelled may hold on to this object for a while."""
        self._buffers = ()

    def put(self, at: int, data: memoryview) -> None:
        i = bisect_right(self._starts, at) - 1
        offset = at - self._starts[i]
        while data:
            count = min(len(data), len(self._buffers[i]) - offset)
            self._buffers[i][offset : offset + count] = data[:count]
            data, i, offset = data[count:], i + 1, 0
