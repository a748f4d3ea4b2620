"""A store in this process's memory: the reference for what the six verbs mean, and quick in tests."""

from __future__ import annotations

import os
import threading
import time
import weakref
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final, NoReturn

from casreg.errors import BlobNotFound, Unsupported
from casreg.stores.keys import check_key, check_prefix, check_range
from casreg.stores.protocol import Buffer, Entry, Store


class MemoryStore(Store):
    """Objects in a dict behind one mutex.

    ``now`` gives the time of its stamps, which never run backwards even if ``now`` does.
    """

    local = True

    _named: ClassVar[dict[str, MemoryStore]] = {}
    _naming: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, name: str = "", *, now: Callable[[], float] = time.time) -> None:
        self.url = f"memory://{name}"
        self._now = now
        self._latest = 0.0
        self._objects: dict[str, tuple[bytes, float]] = {}
        self._sorted: list[str] = []
        self._mutex = threading.Lock()
        with _making:
            _stores.add(self)

    @classmethod
    def named(cls, name: str) -> MemoryStore:
        """The one store of this name in this process, made when first asked for."""
        with cls._naming:
            if name not in cls._named:
                cls._named[name] = cls(name)
            return cls._named[name]

    def __repr__(self) -> str:
        return f"MemoryStore({self.url!r}, {len(self._objects)} objects)"

    def __reduce__(self) -> NoReturn:
        raise Unsupported(
            f"{self.url} is in the memory of this process, no other one can open it:"
            " use a directory or a bucket",
            store=self.url,
        )

    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        check_key(key)
        check_range(key, start, stop)
        found = self._objects.get(key)
        if found is None:
            raise BlobNotFound(f"{self.url} has no {key}", store=self.url, key=key)
        return found[0][start:stop]

    def stat(self, key: str) -> Entry | None:
        check_key(key)
        found = self._objects.get(key)
        return None if found is None else Entry(key, len(found[0]), found[1])

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        check_key(key)
        joined = b"".join(data)
        with self._mutex:
            self._put(key, joined)

    def create(self, key: str, data: Buffer) -> bool:
        check_key(key)
        copied = bytes(data)
        with self._mutex:
            if key in self._objects:
                return False
            self._put(key, copied)
            return True

    def remove(self, key: str) -> None:
        check_key(key)
        with self._mutex:
            if self._objects.pop(key, None) is not None:
                del self._sorted[bisect_left(self._sorted, key)]

    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        check_prefix(prefix)
        # From key to key, not from position to position: others insert and remove between two steps.
        entry = self._first(prefix, bisect_right if after >= prefix else bisect_left, max(prefix, after))
        while entry is not None:
            yield entry
            entry = self._first(prefix, bisect_right, entry.key)

    def _first(self, prefix: str, bisect: Callable[[list[str], str], int], bound: str) -> Entry | None:
        with self._mutex:
            at = bisect(self._sorted, bound)
            if at == len(self._sorted) or not self._sorted[at].startswith(prefix):
                return None
            key = self._sorted[at]
            data, modified = self._objects[key]
            return Entry(key, len(data), modified)

    def _put(self, key: str, data: bytes) -> None:
        self._latest = max(self._latest, self._now())
        if key not in self._objects:
            insort(self._sorted, key)
        self._objects[key] = data, self._latest


_making: Final = threading.Lock()
_stores: weakref.WeakSet[MemoryStore] = weakref.WeakSet()
_held: list[MemoryStore] = []


def _hold() -> None:
    """Before a fork: no thread may be in the middle of a change, which the child would see half of."""
    MemoryStore._naming.acquire()
    _making.acquire()
    _held[:] = _stores
    for store in _held:
        store._mutex.acquire()


def _let_go() -> None:
    for store in _held:
        store._mutex.release()
    _held.clear()
    _making.release()
    MemoryStore._naming.release()


os.register_at_fork(before=_hold, after_in_parent=_let_go, after_in_child=_let_go)
