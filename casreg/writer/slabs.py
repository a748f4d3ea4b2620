"""Buffers for reading: a fixed number of them, used again and again (fresh memory is slow to touch)."""

from __future__ import annotations

import threading


class Slab:
    """A buffer with a count of who still needs its bytes; back to its pool when nobody does."""

    def __init__(self, pool: SlabPool, buffer: bytearray) -> None:
        self._pool = pool
        self._holders = 0
        self.buffer = buffer
        self.view = memoryview(buffer)

    def hold(self) -> None:
        with self._pool.lock:
            self._holders += 1

    def drop(self) -> None:
        with self._pool.lock:
            self._holders -= 1
            if not self._holders:
                self._pool.free.append(self.buffer)
                self._pool.lock.notify()


class SlabPool:
    """``count`` buffers of ``size`` bytes, made when first needed."""

    def __init__(self, size: int, count: int) -> None:
        self.size = size
        self.lock = threading.Condition()
        self.free: list[bytearray] = []
        self._unmade = count

    def take(self) -> Slab:
        """A slab with one holder, the caller; waits while all are in use."""
        with self.lock:
            if not self.free and self._unmade:
                self._unmade -= 1
                self.free.append(bytearray(self.size))
            self.lock.wait_for(lambda: self.free)
            slab = Slab(self, self.free.pop())
            slab._holders = 1
            return slab
