"""The memory store, which the other stores are compared with."""

from __future__ import annotations

import pytest

from casreg.stores.memory import MemoryStore
from casreg.testing import StoreSuite


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


def test_stamps_come_from_the_given_clock() -> None:
    times = iter([10.0, 20.0])
    store = MemoryStore(now=lambda: next(times))
    store.create("a", b"")
    store.write("b", [b""])
    assert [entry.modified for entry in store.scan("")] == [10.0, 20.0]


def test_stamps_stand_still_while_the_clock_runs_backwards() -> None:
    times = iter([10.0, 7.0, 11.0])
    store = MemoryStore(now=lambda: next(times))
    for key in "abc":
        store.write(key, [b""])
    assert [entry.modified for entry in store.scan("")] == [10.0, 10.0, 11.0]


def test_a_name_means_one_store_in_the_whole_process() -> None:
    MemoryStore.named("test-memory-one").create("a", b"x")
    assert MemoryStore.named("test-memory-one").read("a") == b"x"
    assert MemoryStore.named("test-memory-two").stat("a") is None
    assert MemoryStore("test-memory-one").stat("a") is None
    assert MemoryStore.named("test-memory-one").url == "memory://test-memory-one"
