"""Stores around stores: read-only, failing on purpose, counting."""

from __future__ import annotations

import pytest

from casreg.errors import BlobNotFound, CasregError, ReadOnly, Unavailable, Uncertain
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Store
from casreg.stores.readonly import ReadOnlyStore
from casreg.stores.wrapper import Wrapper
from casreg.testing import Call, Crashed, Fault, FaultyStore, MeteredStore, StoreSuite, fault_points
from casreg.testing.together import together


class TestWrapper(StoreSuite):
    @pytest.fixture
    def store(self) -> Store:
        return Wrapper(MemoryStore())


class TestFaultyStoreWithoutFaults(StoreSuite):
    @pytest.fixture
    def store(self) -> Store:
        return FaultyStore(MemoryStore())


class TestMeteredStore(StoreSuite):
    @pytest.fixture
    def store(self) -> Store:
        return MeteredStore(MemoryStore())


class Closing(MemoryStore):
    local = False
    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("kind", [Wrapper, ReadOnlyStore, FaultyStore, MeteredStore])
def test_where_a_store_is_does_not_change_by_wrapping(kind: type[Wrapper]) -> None:
    inner = Closing("inner")
    outer = kind(inner)
    assert outer.url == "memory://inner"
    assert outer.local is False
    assert kind(MemoryStore()).local is True
    outer.close()
    assert inner.closed


# read-only


def test_a_read_only_store_reads() -> None:
    inner = MemoryStore("r")
    inner.create("a/b", b"0123")
    store = ReadOnlyStore(inner)
    target = bytearray(2)
    store.read_into("a/b", 1, [memoryview(target)])
    assert (store.read("a/b", 2), bytes(target), store.stat("a/b")) == (b"23", b"12", inner.stat("a/b"))
    assert list(store.scan("a/")) == list(inner.scan("a/"))


def test_a_read_only_store_refuses_all_changes_by_name() -> None:
    inner = MemoryStore("r")
    inner.create("a", b"old")
    store = ReadOnlyStore(inner)
    for change in (
        lambda: store.write("a", [b"new"]),
        lambda: store.create("b", b"new"),
        lambda: store.create("a", b"new"),
        lambda: store.remove("a"),
    ):
        with pytest.raises(ReadOnly, match="memory://r was opened read-only"):
            change()
    assert [(entry.key, inner.read(entry.key)) for entry in inner.scan("")] == [("a", b"old")]


# faults


def test_before_has_no_effect_and_happens_once() -> None:
    store = FaultyStore(MemoryStore(), [Fault(1, "before", "write")])
    store.write("a", [b"1"])
    with pytest.raises(Unavailable):
        store.write("b", [b"2"])
    assert store.stat("b") is None
    store.write("b", [b"2"])
    assert store.read("b") == b"2"
    assert store.struck == [Fault(1, "before", "write")]


def test_after_is_the_end_of_the_process() -> None:
    inner = MemoryStore()
    store = FaultyStore(inner, [Fault(0, "after", "create")])
    with pytest.raises(Crashed):
        store.create("a", b"x")
    assert inner.read("a") == b"x"
    for call in (lambda: store.remove("a"), lambda: store.read("a"), lambda: store.scan("")):
        with pytest.raises(Crashed):
            call()
    assert inner.read("a") == b"x"
    assert not issubclass(Crashed, Exception)


@pytest.mark.parametrize(("when", "there"), [("lost", True), ("unsent", False)])
def test_a_lost_answer_leaves_the_caller_in_doubt(when: str, there: bool) -> None:
    inner = MemoryStore()
    store = FaultyStore(inner, [Fault(0, when, "create"), Fault(0, when, "write")])  # type: ignore[arg-type]
    with pytest.raises(Uncertain):
        store.create("a", b"x")
    with pytest.raises(Unavailable):
        store.write("b", [b"x"])
    assert [inner.stat(key) is not None for key in "ab"] == [there, there]


def test_calls_are_counted_over_all_verbs_unless_one_is_named() -> None:
    store = FaultyStore(MemoryStore(), [Fault(2, "before")])
    store.create("a", b"")
    store.stat("a")
    with pytest.raises(Unavailable):
        store.read("a")
    assert store.calls == [Call("create", "a"), Call("stat", "a"), Call("read", "a")]


@pytest.mark.parametrize(("when", "seen"), [("before", []), ("unsent", []), ("lost", ["a/1"])])
def test_a_failing_scan_fails_while_it_is_read(when: str, seen: list[str]) -> None:
    inner = MemoryStore()
    for key in ("a/1", "a/2"):
        inner.create(key, b"")
    store = FaultyStore(inner, [Fault(0, when, "scan")])  # type: ignore[arg-type]
    listing = store.scan("a/")
    got = [next(listing).key for _ in seen]
    with pytest.raises(Unavailable):
        next(listing)
    assert got == seen
    assert [entry.key for entry in store.scan("a/")] == ["a/1", "a/2"]


def test_every_fault_point_of_an_operation_can_be_visited() -> None:
    def operation(store: Store) -> None:
        store.write("blobs/a", [b"blob"])
        store.write("blobs/b", [b"blob"])
        list(store.scan("refs/"))
        store.create("refs/x", b"ref")

    recording = FaultyStore(MemoryStore())
    operation(recording)
    points = list(fault_points(recording.calls, ["before", "after", "lost"]))
    assert len(points) == len(set(points)) == 4 * 3
    for point in points:
        inner = MemoryStore()
        store = FaultyStore(inner, [point])
        with pytest.raises((CasregError, Crashed)):
            operation(store)
        assert store.struck == [point]
        # Children before parents: the ref is never there without its blobs.
        keys = [entry.key for entry in inner.scan("")]
        assert "refs/x" not in keys or keys == ["blobs/a", "blobs/b", "refs/x"]


def test_in_many_threads_a_fault_strikes_exactly_once() -> None:
    store = FaultyStore(MemoryStore(), [Fault(5, "before", "write")])

    def write() -> int:
        failed = 0
        for _ in range(20):
            try:
                store.write("a", [b"x"])
            except Unavailable:
                failed += 1
        return failed

    assert sum(together([write] * 4)) == 1
    assert len(store.calls) == 80


# meters


def test_requests_and_bytes_are_counted() -> None:
    store = MeteredStore(MemoryStore("m"))
    store.write("a", [b"123", memoryview(b"45")])
    store.create("b", b"678")
    store.create("b", b"9")
    store.read("a", 1, 3)
    store.read_into("a", 0, [memoryview(bytearray(4)), memoryview(bytearray(1))])
    store.stat("a")
    store.remove("b")
    list(store.scan(""))
    with pytest.raises(BlobNotFound):
        store.read("b")
    assert store.counts == {"read": 3, "stat": 1, "write": 1, "create": 2, "remove": 1, "scan": 1}
    assert (store.bytes_in, store.bytes_out, store.requests) == (9, 7, 9)
    assert repr(store) == (
        "<3 read, 1 stat, 1 write, 2 create, 1 remove, 1 scan; 9 bytes in, 7 bytes out; memory://m>"
    )
    store.reset()
    assert (store.requests, store.bytes_in, store.bytes_out) == (0, 0, 0)
    assert repr(store) == "<no requests; 0 bytes in, 0 bytes out; memory://m>"


@pytest.mark.parametrize(
    ("objects", "consumed", "requests"), [(0, 1, 1), (3000, 1, 1), (3000, 1000, 1), (3000, 1001, 2)]
)
def test_a_scan_costs_a_request_per_thousand_entries_consumed(
    objects: int, consumed: int, requests: int
) -> None:
    inner = MemoryStore()
    for number in range(objects):
        inner.create(f"{number:04}", b"")
    store = MeteredStore(inner)
    listing = store.scan("")
    for _ in range(consumed):
        next(listing, None)
    assert store.counts["scan"] == requests


def test_counts_are_exact_in_many_threads() -> None:
    store = MeteredStore(MemoryStore())

    def write() -> None:
        for _ in range(200):
            store.write("a", [b"xy"])

    together([write] * 4)
    assert (store.counts["write"], store.bytes_in) == (800, 1600)
