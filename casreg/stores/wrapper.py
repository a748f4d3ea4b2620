"""The store that adds nothing: what wrappers inherit, to override only what they change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from casreg.stores.protocol import Buffer, Entry, Store


class Wrapper(Store):
    """Every verb is the inner store's own; so are ``url``, ``local`` and ``close``."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.url = inner.url
        self.local = inner.local
        self.durable = inner.durable

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.inner!r})"

    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        return self.inner.read(key, start, stop)

    def read_into(self, key: str, start: int, destinations: Sequence[memoryview]) -> None:
        self.inner.read_into(key, start, destinations)

    def stat(self, key: str) -> Entry | None:
        return self.inner.stat(key)

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        self.inner.write(key, data)

    def create(self, key: str, data: Buffer) -> bool:
        return self.inner.create(key, data)

    def remove(self, key: str) -> None:
        self.inner.remove(key)

    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        return self.inner.scan(prefix, after)

    def flush(self, key: str) -> None:
        self.inner.flush(key)

    def close(self) -> None:
        self.inner.close()
