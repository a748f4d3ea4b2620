"""Buffers that are used again and again: a fixed number of them, in huge pages where there are.

Memory that is touched for the first time costs more than what is done with it: on Linux reading a file
into fresh pages of 4 KiB runs at a third of the speed of reading it into huge pages, or into pages
that were used before.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self


class Slab:
    """A buffer that goes back to its pool when it is dropped."""

    def __init__(self, pool: SlabPool, view: memoryview) -> None:
        self._pool = pool
        self.view = view

    def drop(self) -> None:
        """Once."""
        with self._pool.changed:
            self._pool.free.append(self.view)
            self._pool.changed.notify()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop()


class SlabPool:
    """``count`` buffers of ``size`` bytes, made when first needed, the last used taken first."""

    def __init__(self, size: int, count: int) -> None:
        self.size = size
        self.changed = threading.Condition()
        self.free: list[memoryview] = []
        self._unmade = count

    def take(self) -> Slab:
        """A slab for the caller, who drops it; waits while all are in use. Raises MemoryError."""
        with self.changed:
            if not self.free and self._unmade:
                self.free.append(_allocate(self.size))
                self._unmade -= 1
            self.changed.wait_for(lambda: self.free)
            return Slab(self, self.free.pop())


class Scratch(threading.local):
    """Memory that the thread which asks uses again and again, by names of what it is for."""

    def __init__(self, keep: int = 16 << 20) -> None:
        self._keep = keep
        self._views: dict[str, memoryview] = {}
        self._free: dict[str, memoryview] | None = {}

    @contextmanager
    def turn(self) -> Iterator[None]:
        """What is taken within is the caller's until the end, even if a signal's handler, or what the
        garbage collector calls, has a turn of its own in the middle: that one is given other memory."""
        mine, self._free = {} if self._free is None else self._free, None
        before, self._views = self._views, mine
        try:
            yield
        finally:
            self._views, self._free = before, mine

    def take(self, name: str, size: int) -> memoryview:
        """``size`` bytes, whatever is in them; what was taken by this name before is gone. More than
        ``keep`` bytes are not kept for the next time. Within :meth:`turn`."""
        if size > self._keep:
            return _allocate(size)
        view = self._views.get(name)
        if view is None or size > len(view):
            known = 0 if view is None else len(view)
            view = self._views[name] = _allocate(max(size, min(2 * known, self._keep)))
        return view[:size]


def _allocate(size: int) -> memoryview:
    if size < 1 << 20 or not hasattr(mmap, "MAP_PRIVATE"):
        return memoryview(bytearray(size))
    try:
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(f"{size} bytes: {error.strerror}") from error
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(memory)
