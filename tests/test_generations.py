"""States as generations: listed from keys alone, changed by everybody at once, nothing lost."""

import itertools
import secrets
from datetime import UTC, datetime
from typing import Any

import pytest

from casreg import generations
from casreg.errors import CasregError, Corrupt, Uncertain
from casreg.generations import Outcome
from casreg.leases import MARGIN
from casreg.models.written import Written
from casreg.stores.memory import MemoryStore
from casreg.testing import Crashed, Fault, FaultyStore, fault_points
from casreg.testing.together import together

STEM = "tags/name/tag"
WHEN = datetime(2026, 1, 2, tzinfo=UTC)


class Count(Written):
    """So many have counted."""

    count: int


def counted(count: int) -> Count:
    return Count(created=WHEN, write=secrets.token_hex(16), count=count)


def one_more(before: Count | None) -> Count:
    return counted(before.count + 1 if before else 1)


def nothing(before: Count | None) -> None:
    return None


def update(store: Any, change: Any, clock: Any = lambda: 0.0) -> Any:
    return generations.update(store, STEM, Count, change, clock)


def standing(store: MemoryStore) -> int | None:
    state = generations.current(store, STEM)
    return generations.read(store, state.key, Count).count if state and state.alive else None


def test_the_newest_generation_counts_and_an_empty_one_is_nothing() -> None:
    store = MemoryStore()
    assert generations.current(store, STEM) is None
    for _ in range(11):
        update(store, one_more)
    assert standing(store) == 11
    update(store, nothing)
    assert standing(store) is None
    assert update(store, one_more).count == 1
    state = generations.current(store, STEM)
    assert state is not None
    assert state.number == 13


def test_one_listing_gives_the_newest_of_each_stem_and_stops_where_its_reader_does() -> None:
    store = MemoryStore()
    for stem, times in (("tags/a/x", 3), ("tags/a/x-y", 1), ("tags/a%2fb/x", 2)):
        for number in range(1, times + 1):
            generations.create(store, generations.key(stem, number), counted(number))
    generations.create(store, generations.key("tags/a/x-y", 2), None)
    found = [(state.stem, state.number, state.alive) for state in generations.newest(store, "tags/")]
    assert sorted(found) == [("tags/a%2fb/x", 2, True), ("tags/a/x", 3, True), ("tags/a/x-y", 2, False)]
    assert [s.number for s in generations.every(store, "tags/a/x,")] == [3, 2, 1]
    failing = FaultyStore(store, [Fault(0, "lost", "scan")])  # behind the first entry
    assert next(generations.newest(failing, "tags/a/x,")).number == 3


def test_what_is_given_back_as_it_was_is_not_written() -> None:
    store = MemoryStore()
    update(store, one_more)
    recording = FaultyStore(store)
    assert update(recording, lambda before: before).count == 1
    assert [call.verb for call in recording.calls] == ["scan", "read"]
    assert update(MemoryStore(), nothing) is None


def test_no_count_is_lost_of_many_at_once() -> None:
    store = MemoryStore()
    together([lambda: [update(store, one_more) for _ in range(5)]] * 8)
    assert standing(store) == 40


def faults(change: Any) -> list[Fault]:
    recording = FaultyStore(prepared())
    update(recording, change)
    return list(fault_points(recording.calls))


def prepared() -> MemoryStore:
    store = MemoryStore()
    update(store, one_more)
    return store


@pytest.mark.parametrize(("change", "after"), [(one_more, 2), (nothing, None)])
def test_whatever_fails_the_answer_is_true(change: Any, after: int | None) -> None:
    for fault in faults(change):
        store = prepared()
        try:
            update(FaultyStore(store, [fault]), change)
        except Crashed:
            assert standing(store) in (1, after), fault
        except Uncertain:
            assert standing(store) in (1, after), fault
        except CasregError:
            assert standing(store) == 1, fault
        else:
            assert standing(store) == after, fault


@pytest.mark.parametrize("when", ["lost", "unsent", "before"])
def test_a_lost_answer_is_settled_and_counted_once(when: Any) -> None:
    store = prepared()
    assert update(FaultyStore(store, [Fault(0, when, "create")]), one_more).count == 2
    assert standing(store) == 2


def test_ours_is_told_from_somebody_elses_after_a_lost_answer() -> None:
    store = prepared()

    class Interfering(FaultyStore):
        def create(self, key: str, data: Any) -> bool:
            if not self.struck:
                update(store, one_more)
            return super().create(key, data)

    assert update(Interfering(store, [Fault(0, "unsent", "create")]), one_more).count == 3


def test_ours_that_was_emptied_before_we_asked_leaves_it_uncertain() -> None:
    store = prepared()

    class Trimming(FaultyStore):
        def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
            if self.struck:
                store.write(key, [b""])
            return super().read(key, start, stop)

    with pytest.raises(Uncertain, match="cannot tell whether tags/name/tag"):
        update(Trimming(store, [Fault(0, "lost", "create")]), one_more)


def test_a_listing_as_old_as_a_create_may_be_late_is_made_again() -> None:
    """Who slept so long may find the next generation's key free because it was trimmed and removed."""
    store = prepared()
    recording = FaultyStore(store)
    times = itertools.chain([0.0, MARGIN], itertools.repeat(MARGIN))
    assert update(recording, one_more, lambda: next(times)).count == 2
    assert [call.verb for call in recording.calls] == ["scan", "read", "scan", "read", "create"]


def test_what_was_sent_and_is_too_late_to_be_asked_for_is_uncertain() -> None:
    times = itertools.chain([0.0, 0.0], itertools.repeat(MARGIN))
    with pytest.raises(Uncertain, match="too late"):
        update(FaultyStore(prepared(), [Fault(0, "lost", "create")]), one_more, lambda: next(times))


def test_a_tombstone_in_our_place_is_somebody_elses_unless_an_answer_was_lost() -> None:
    store = prepared()
    following = generations.key(STEM, 2)
    store.create(following, b"")
    assert generations.create(store, following, None) is Outcome.THEIRS
    assert generations.create(store, following, counted(1)) is Outcome.THEIRS
    lost = FaultyStore(store, [Fault(0, "unsent", "create")])
    assert generations.create(lost, following, None) is Outcome.OURS


@pytest.mark.parametrize("body", [b"{}", b"\xff", b"[]"])
def test_what_is_no_state_is_corrupt_and_not_overwritten(body: bytes) -> None:
    store = MemoryStore()
    store.create(generations.key(STEM, 1), body)
    with pytest.raises(Corrupt) as caught:
        update(store, one_more)
    assert caught.value.key == generations.key(STEM, 1)
    assert len(list(store.scan(""))) == 1


def test_a_key_without_a_generation_is_corrupt() -> None:
    store = MemoryStore()
    store.create(f"{STEM},x", b"")
    with pytest.raises(Corrupt, match="not the code of a number"):
        update(store, one_more)
