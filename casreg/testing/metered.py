"""A store that counts what an operation costs."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Final

from casreg.stores.protocol import Buffer, Entry, Store
from casreg.stores.wrapper import Wrapper

PAGE: Final = 1000
"""Entries that one listing request brings, as in S3."""

VERBS: Final = ("read", "stat", "write", "create", "remove", "scan")


class MeteredStore(Wrapper):
    """``inner``, with requests and bytes counted since the last ``reset``.

    ``counts`` maps each verb to its requests, those that failed included. A scan costs one request
    when its first entry is asked for and one more for every further 1,000 entries. ``bytes_in`` went
    into the store, ``bytes_out`` came out of it, those of successful requests only.
    """

    counts: dict[str, int]
    bytes_in: int
    bytes_out: int

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._mutex = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Count from zero again."""
        with self._mutex:
            self.counts = dict.fromkeys(VERBS, 0)
            self.bytes_in = self.bytes_out = 0

    @property
    def requests(self) -> int:
        """Requests of all verbs together."""
        return sum(self.counts.values())

    def __repr__(self) -> str:
        made = ", ".join(f"{count} {verb}" for verb, count in self.counts.items() if count)
        return f"<{made or 'no requests'}; {self.bytes_in} bytes in, {self.bytes_out} bytes out; {self.url}>"

    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        self._count("read")
        data = self.inner.read(key, start, stop)
        self._add(bytes_out=len(data))
        return data

    def read_into(self, key: str, start: int, destinations: Sequence[memoryview]) -> None:
        self._count("read")
        self.inner.read_into(key, start, destinations)
        self._add(bytes_out=sum(d.nbytes for d in destinations))

    def stat(self, key: str) -> Entry | None:
        self._count("stat")
        return self.inner.stat(key)

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        self._count("write")
        self.inner.write(key, data)
        self._add(bytes_in=sum(memoryview(d).nbytes for d in data))

    def create(self, key: str, data: Buffer) -> bool:
        self._count("create")
        made = self.inner.create(key, data)
        # A loser's bytes went over the wire as well.
        self._add(bytes_in=memoryview(data).nbytes)
        return made

    def remove(self, key: str) -> None:
        self._count("remove")
        self.inner.remove(key)

    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        self._count("scan")
        for number, entry in enumerate(self.inner.scan(prefix, after)):
            if number and number % PAGE == 0:
                self._count("scan")
            yield entry

    def _count(self, verb: str) -> None:
        with self._mutex:
            self.counts[verb] += 1

    def _add(self, *, bytes_in: int = 0, bytes_out: int = 0) -> None:
        with self._mutex:
            self.bytes_in += bytes_in
            self.bytes_out += bytes_out
