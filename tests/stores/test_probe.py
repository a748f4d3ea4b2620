"""The probe lets good stores pass and says what is wrong with the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from casreg.errors import BlobNotFound, Unavailable, Unsupported
from casreg.stores.local import LocalStore
from casreg.stores.memory import MemoryStore
from casreg.stores.probe import probe
from casreg.stores.protocol import Buffer, Entry, Store
from casreg.stores.wrapper import Wrapper
from casreg.testing import Fault, FaultyStore


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_a_good_store_passes_and_nothing_is_left_in_it(kind: str, tmp_path: Path) -> None:
    store: Store = MemoryStore() if kind == "memory" else LocalStore(tmp_path)
    store.create("refs/a", b"mine")
    probe(store)
    probe(store, writers=2, rounds=1)
    assert [entry.key for entry in store.scan("")] == ["refs/a"]


class ExistsThenPut(Wrapper):
    """What a backend must never do. The barrier makes sure that all look before anybody puts."""

    def __init__(self, writers: int) -> None:
        super().__init__(MemoryStore())
        self.all_looked = threading.Barrier(writers)

    def create(self, key: str, data: Buffer) -> bool:
        if self.inner.stat(key) is not None:
            return False
        self.all_looked.wait()
        self.inner.write(key, [data])
        return True


def test_exists_then_put_is_found_out() -> None:
    with pytest.raises(Unsupported, match="4 of 4 simultaneous creates") as raised:
        probe(ExistsThenPut(4), writers=4)
    assert raised.value.store == "memory://"


class NobodyWins(Wrapper):
    def create(self, key: str, data: Buffer) -> bool:
        self.inner.create(key, data)
        return False


class WrongBytes(Wrapper):
    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        return super().read(key, start, stop)[::-1]


class StaleListing(Wrapper):
    """Lists what was there at the listing before."""

    shown: tuple[Entry, ...] = ()

    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        shown, self.shown = self.shown, tuple(self.inner.scan(prefix, after))
        return iter(shown)


class UnsortedListing(Wrapper):
    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        return reversed(list(self.inner.scan(prefix, after)))


class RemovesLater(Wrapper):
    def remove(self, key: str) -> None:
        pass


class ListsTheRemoved(Wrapper):
    """Reads see a removal, listings do not."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.removed: set[str] = set()

    def remove(self, key: str) -> None:
        self.removed.add(key)

    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        if key in self.removed:
            raise BlobNotFound(key)
        return super().read(key, start, stop)

    def stat(self, key: str) -> Entry | None:
        return None if key in self.removed else super().stat(key)


class Overwrites(Wrapper):
    """Rightly says that somebody was first, and puts its bytes there all the same."""

    def create(self, key: str, data: Buffer) -> bool:
        made = self.inner.create(key, data)
        if bytes(data) == b"late":
            self.inner.write(key, [data])
        return made


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (NobodyWins, "0 of 8 simultaneous creates"),
        (WrongBytes, "reads differently"),
        (StaleListing, "1 objects were just created, a listing shows 0"),
        (UnsortedListing, "or unsorted"),
        (RemovesLater, "just removed can still be read"),
        (ListsTheRemoved, "still listed"),
        (Overwrites, "replaced an object that was there"),
    ],
)
def test_a_broken_promise_is_named(kind: type[Wrapper], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        probe(kind(MemoryStore()))


def test_a_store_that_cannot_be_reached_is_not_called_unfit() -> None:
    store = FaultyStore(MemoryStore(), [Fault(3, "before", "create")])
    with pytest.raises(Unavailable):
        probe(store)
    assert list(store.scan("")) == []
