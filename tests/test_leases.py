"""The writer's half of the protocol: leases, condemned lists, fences (PROTOCOL W0 to W7)."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from casreg import Registry, Unavailable, Uncertain
from casreg.condemned import Condemned
from casreg.leases import LIFE, MARGIN, TTL, Fence, LeaseExpired
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Buffer
from casreg.stores.wrapper import Wrapper
from casreg.testing import Call, Fault, FaultyStore

LARGE = np.random.default_rng(0).integers(0, 255, 3_000_000, np.uint8)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watching(Wrapper):
    """Does something just before a verb touches a key with a given beginning, once."""

    def __init__(self, inner: MemoryStore, verb: str, prefix: str, act: Callable[[], object]) -> None:
        super().__init__(inner)
        self._when, self._act, self.done = (verb, prefix), act, False

    def _look(self, verb: str, key: str) -> None:
        if not self.done and verb == self._when[0] and key.startswith(self._when[1]):
            self.done = True
            self._act()

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        self._look("write", key)
        super().write(key, data)

    def create(self, key: str, data: Buffer) -> bool:
        self._look("create", key)
        return super().create(key, data)


def leases(store: MemoryStore) -> list[str]:
    return [entry.key for entry in store.scan("leases/")]


def registry(store: Any, clock: Clock | None = None) -> Registry:
    made = Registry(store, version_objects=True)
    made._clock = clock or Clock()
    return made


def test_a_blob_is_written_under_a_lease_that_is_gone_afterwards() -> None:
    store = FaultyStore(MemoryStore())
    reg = registry(store)
    before = len(store.calls)
    reg.save("a", LARGE)
    verbs = [(c.verb, c.key.partition("/")[0]) for c in store.calls[before:]]
    assert verbs == [
        ("create", "leases"),
        ("scan", "refs"),
        ("write", "blobs"),
        ("create", "refs"),
        ("remove", "leases"),
    ]


def test_condemned_lists_are_read_after_the_lease_and_before_the_refs() -> None:
    store = FaultyStore(MemoryStore())
    reg = registry(store)
    reg.save("a", LARGE)
    before = len(store.calls)
    reg.save("a", LARGE)
    steps = [f"{c.verb} {c.key.partition('/')[0]}" for c in store.calls[before:]]
    assert steps == [
        "create leases",
        "scan refs",
        "scan condemned",
        "read refs",
        "stat blobs",
        "create refs",
        "remove leases",
    ]


def test_an_inline_save_takes_no_lease() -> None:
    store = FaultyStore(MemoryStore())
    reg = registry(store)
    before = len(store.calls)
    reg.save("a", {"x": 1})
    assert [c.verb for c in store.calls[before:]] == ["scan", "create"]


def test_what_is_condemned_is_stored_again() -> None:
    store = MemoryStore()
    reg = registry(store)
    reg.save("a", LARGE)
    with reg.open("a") as snapshot:
        doomed = snapshot.packs
    store.create("condemned/" + "0" * 32, Condemned(blobs=[p.digest for p in doomed]).encode())
    again = reg.save("a", LARGE)
    assert again.reused == 0
    with reg.open("a@2") as snapshot:
        assert not {p.digest for p in snapshot.packs} & {p.digest for p in doomed}


def test_a_save_whose_lease_ran_out_starts_over_with_new_lease_and_nonce() -> None:
    inner, clock = MemoryStore(), Clock()
    registry(inner)

    def suspended() -> None:
        clock.now += TTL

    store = Watching(inner, "write", "blobs/", suspended)
    saved = registry(store, clock).save("a", LARGE)
    assert saved == "1"
    assert store.done
    assert leases(inner) == []
    packs = [e.key for e in inner.scan("blobs/")]
    assert len(packs) == 2  # the first attempt's is garbage: its nonce, and so its name, is another
    assert np.array_equal(registry(inner).load("a", verify="full"), LARGE)


def test_no_ref_is_created_under_an_expired_lease() -> None:
    inner, clock = MemoryStore(), Clock()
    registry(inner)

    class Slow(Wrapper):
        def write(self, key: str, data: Sequence[Buffer]) -> None:
            clock.now += TTL
            super().write(key, data)

    with pytest.raises(LeaseExpired):
        registry(Slow(inner), clock).save("a", LARGE)
    assert list(inner.scan("refs/")) == []
    assert leases(inner) == []


def test_a_stream_cannot_start_over_and_says_so() -> None:
    inner, clock = MemoryStore(), Clock()
    registry(inner)

    def suspended() -> None:
        clock.now += TTL

    store = Watching(inner, "write", "blobs/", suspended)
    with pytest.raises(LeaseExpired, match="ran out"):
        registry(store, clock).save("a", io.BytesIO(bytes(LARGE)))
    assert registry(inner).list_objects() == []


def test_a_lease_in_doubt_is_left_to_run_out() -> None:
    inner = MemoryStore()
    registry(inner)
    recording = FaultyStore(inner)
    registry(recording).save("x", LARGE)
    creates = [c for c in recording.calls if c.verb == "create"]
    assert creates[0] == Call("create", creates[0].key)
    plan = [Fault(i, "unsent", "create") for i in range(1, 9)]
    with pytest.raises(Uncertain):
        registry(FaultyStore(inner, plan)).save("a", LARGE)
    assert len(leases(inner)) == 1


def test_a_failed_save_gives_its_lease_back() -> None:
    inner = MemoryStore()
    registry(inner)
    with pytest.raises(Unavailable):
        registry(FaultyStore(inner, [Fault(0, "before", "write")])).save("a", LARGE)
    assert leases(inner) == []


def test_a_lease_whose_answer_was_lost_is_taken_under_a_new_id() -> None:
    inner = MemoryStore()
    registry(inner)
    registry(FaultyStore(inner, [Fault(0, "lost", "create")])).save("a", LARGE)
    assert len(leases(inner)) == 1  # nobody knows of it: it runs out


def test_a_listing_that_is_too_old_is_made_again() -> None:
    """Suspended between listing and create, while others saved: the number is not guessed."""
    inner, clock = MemoryStore(), Clock()
    registry(inner)

    def suspended() -> None:
        clock.now += MARGIN
        registry(inner).save("a", "theirs")

    class Sleepy(Wrapper):
        slept = False

        def scan(self, prefix: str, after: str = "") -> Any:
            yield from super().scan(prefix, after)
            if prefix.startswith("refs/") and not self.slept:
                self.slept = True
                suspended()

    store = Sleepy(inner)
    assert registry(store, clock).save("a", "ours") == "2"
    assert store.slept


def test_a_number_is_looked_for_again_when_the_save_took_a_while() -> None:
    """While ours was being written somebody saved version 10: ours comes after it."""
    inner, clock = MemoryStore(), Clock()
    registry(inner)

    def meanwhile() -> None:
        clock.now += 5
        registry(inner).save("a", "theirs", version="10")

    assert registry(Watching(inner, "write", "blobs/", meanwhile), clock).save("a", LARGE) == "11"


class TestFence:
    def test_renewing_moves_the_expiry_from_before_the_request(self) -> None:
        clock = Clock()
        fence = Fence(MemoryStore(), clock, "a")
        fence.take()
        clock.now += 0.9 * TTL
        fence.renew()
        clock.now += 0.9 * TTL
        assert fence.holds()
        clock.now += 0.1 * TTL
        assert not fence.holds()
        fence.end()

    def test_an_answer_after_the_old_expiry_does_not_count(self) -> None:
        clock = Clock()

        class Late(MemoryStore):
            def write(self, key: str, data: Sequence[Buffer]) -> None:
                super().write(key, data)
                clock.now += 0.2 * TTL

        fence = Fence(Late(), clock, "a")
        fence.take()
        clock.now += 0.9 * TTL
        fence.renew()
        assert not fence.holds()
        fence.end()

    def test_a_slow_answer_to_the_first_request_counts_against_the_lease(self) -> None:
        clock = Clock()

        class Slow(MemoryStore):
            def create(self, key: str, data: Buffer) -> bool:
                clock.now += 0.6 * TTL
                return super().create(key, data)

        fence = Fence(Slow(), clock, "a")
        fence.take()
        clock.now += 0.4 * TTL
        with pytest.raises(LeaseExpired):
            fence.require()
        fence.end()

    def test_no_lease_outlives_its_longest_life(self) -> None:
        clock = Clock()
        fence = Fence(MemoryStore(), clock, "a")
        fence.take()
        while clock.now < 1000 + LIFE - TTL / 2:
            assert fence.holds()
            clock.now += TTL / 2
            fence.renew()
        clock.now += TTL / 2
        assert not fence.holds()
        fence.end()

    def test_a_failed_renewal_is_no_news(self) -> None:
        clock = Clock()
        fence = Fence(FaultyStore(MemoryStore(), [Fault(0, "before", "write")]), clock, "a")
        fence.take()
        clock.now += 0.5 * TTL
        fence.renew()
        assert fence.holds()
        fence.renew()
        clock.now += 0.9 * TTL
        assert fence.holds()
        fence.end()
        fence.end()
