"""Every verb of save, overwrite and delete fails in turn: the store stays consistent, the answer true."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from casreg import CasregError, Registry, Uncertain
from casreg.marks import all_marks
from casreg.stores.memory import MemoryStore
from casreg.testing import Crashed, Fault, FaultyStore, fault_points

NOISE = np.random.default_rng(1).integers(0, 255, 3_000_000, np.uint8)
CHANGED = NOISE.copy()
CHANGED[1_000_000:1_000_100] += 1

OPERATIONS: dict[str, tuple[Any, Callable[[Registry], Any]]] = {
    # what it does -> (the state it leaves when it succeeds, the operation)
    "save small": ({"m": {"1": "old", "2": "new"}}, lambda r: r.save("m", "new")),
    "save small, explicit": ({"m": {"1": "old", "7": "new"}}, lambda r: r.save("m", "new", version="7")),
    "save new name": ({"m": {"1": "old"}, "n": {"1": "new"}}, lambda r: r.save("n", "new")),
    "save large": ({"m": {"1": "old", "2": NOISE}}, lambda r: r.save("m", NOISE)),
    "save with much metadata": (
        {"m": {"1": "old", "2": "new"}},
        lambda r: r.save("m", "new", metadata={"text": "x" * 100_000}),
    ),
    "save reusing": (
        {"m": {"1": "old"}, "big": {"1": NOISE, "2": CHANGED}},
        lambda r: r.save("big", CHANGED),
    ),
    "overwrite": ({"m": {"1": "new"}}, lambda r: r.save("m", "new", version="1")),
    "overwrite with large": ({"m": {"1": NOISE}}, lambda r: r.save("m", NOISE, version="1")),
    "delete": ({}, lambda r: r.delete("m", "1")),
    "delete all": ({}, lambda r: r.delete("m")),
    "tag": ({"m": {"1": "old", "@prod": "old"}}, lambda r: r.tag("m", "prod", "1")),
    "move a tag": ({"m": {"1": "old", "2": "later", "@prod": "later"}}, lambda r: r.tag("m", "prod", "2")),
    "untag": ({"m": {"1": "old"}}, lambda r: "prod" in r.tags("m") and r.untag("m", "prod")),
    "delete by force": ({}, lambda r: r.delete("m", "1", force=True)),
    "protect": ({"m": {"1": "old", "protected": ["1"]}}, lambda r: r.protect("m@1")),
    "undo a delete": ({"m": {"1": "old"}}, lambda r: undone(r, "m@1", 1)),
    "undo an overwrite": ({"m": {"1": "old"}}, lambda r: undone(r, "m@1", 1)),
    "undo with large": ({"m": {"1": NOISE}}, lambda r: undone(r, "m@1", 2)),
    "save with tags": (
        {"m": {"1": "old", "2": "new", "@prod": "new", "@rc": "new"}},
        lambda r: r.save("m", "new", version="2", on_conflict="overwrite", tags=["prod", "rc"]),
    ),
    "note": ({"m": {"1": "old", "notes of 1": {"loss": 0.1}}}, lambda r: r.note("m@1", {"loss": 0.1})),
    "rename": (
        {"n": {"1": "old", "2": "later", "@prod": "old", "protected": ["2"], "notes of 2": {"loss": 0.1}}},
        lambda r: r.rename("m", "n"),
    ),
    "unprotect": ({"m": {"1": "old"}}, lambda r: r.unprotect("m@1")),
}

STEPS = ("save with tags", "rename")
"""Of several steps, each atomic: a failure leaves those that were done, and says so."""


def undone(registry: Registry, reference: str, generation: int) -> None:
    """Undo, unless it is done."""
    newest = registry.history(reference)[0]
    if newest.restores != generation:
        registry.undo(reference, generation=generation)


def prepared(operation: str) -> MemoryStore:
    store = MemoryStore()
    registry = Registry(store, version_objects=True, mutable=True)
    registry.save("m", "old")
    if operation == "save reusing":
        registry.save("big", NOISE)
    if operation in ("move a tag", "rename"):
        registry.save("m", "later")
    if operation in ("move a tag", "untag", "delete by force", "save with tags", "rename"):
        registry.tag("m", "prod", "1")
    if operation == "undo with large":
        registry.save("m", NOISE, version="1")
    if operation == "undo an overwrite":
        registry.save("m", "other", version="1")
    if operation in ("undo a delete", "undo with large"):
        registry.delete("m", "1")
    if operation == "unprotect":
        registry.protect("m@1")
    if operation == "rename":
        registry.protect("m@2")
        registry.note("m@2", {"loss": 0.1})
    return store


def state(store: MemoryStore) -> dict[str, dict[str, Any]]:
    """Everything that is visible, loaded and fully verified, and what stands beside it."""
    registry = Registry(store, read_only=True)
    found: dict[str, dict[str, Any]] = {
        name: {version: registry.load(name, version, verify="full") for version in versions}
        for name, versions in registry.list_objects_and_versions().items()
    }
    for name, marks in all_marks(store).items():
        versions = found.get(name, {})  # a delete that died may leave a tag that stands for nothing
        tags = {f"@{tag}": versions[version] for tag, version in marks.tags.items() if version in versions}
        protected = {"protected": sorted(marks.protected)} if marks.protected else {}
        versions.update({**tags, **protected})
    for name in registry.list_objects():
        told = registry.info(name).items()
        found[name].update({f"notes of {version}": one["notes"] for version, one in told if one["notes"]})
    return found


def equal(a: dict[str, Any], b: dict[str, Any]) -> bool:
    if a.keys() != b.keys():
        return False
    return all(equal(a[k], b[k]) if isinstance(a[k], dict) else np.array_equal(a[k], b[k]) for k in a)


def each_thing_is_one_of(now: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Every version, tag and note by itself, or its absence."""
    things = {(name, thing) for found in (now, before, after) for name in found for thing in found[name]}
    return all(
        any(now.get(name, {}).get(thing) == one.get(name, {}).get(thing) for one in (before, after))
        for name, thing in things
    )


def values(found: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    """Versions and what they hold, whatever their name is; strings only."""
    return {(version, value) for name in found for version, value in found[name].items() if version.isdigit()}


def points(operation: str) -> list[Fault]:
    recording = FaultyStore(prepared(operation))
    registry = Registry(recording)
    opening = len(recording.calls)
    OPERATIONS[operation][1](registry)
    before = [call.verb for call in recording.calls[:opening]]
    every = fault_points(recording.calls)
    return [f for f in every if f.verb is not None and f.call >= before.count(f.verb)]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_store_stays_consistent_and_the_answer_true(operation: str) -> None:
    after, act = OPERATIONS[operation]
    faults = points(operation)
    assert len(faults) >= 8
    for fault in faults:
        store = prepared(operation)
        before = state(store)
        faulty = FaultyStore(store, [fault])
        try:
            act(Registry(faulty))
            told = "done"
        except Crashed:
            told = "crashed"
        except Uncertain:
            told = "uncertain"
        except CasregError:
            told = "failed"
        if not faulty.struck:  # a listing that was left before its end
            assert fault.verb == "scan", fault
            assert told == "done", fault
        now = state(store)
        if told == "done":
            assert equal(now, after), fault
        elif operation in STEPS:
            assert each_thing_is_one_of(now, before, after), fault
            assert values(before) <= values(now) <= values(before) | values(after), fault
        elif told == "failed":
            assert equal(now, before), fault
        else:
            assert equal(now, before) or equal(now, after), fault


@pytest.mark.parametrize("operation", OPERATIONS)
def test_after_any_fault_the_operation_can_be_done_again(operation: str) -> None:
    after, act = OPERATIONS[operation]
    for fault in points(operation):
        store = prepared(operation)
        faulty = FaultyStore(store, [fault])
        try:
            act(Registry(faulty))
            continue
        except (CasregError, Crashed):
            if not equal(state(store), after):
                act(Registry(store))
        assert equal(state(store), after), fault


@pytest.mark.parametrize("when", ["before", "lost", "unsent"])
def test_a_lost_answer_is_settled_by_the_write_id(when: Any) -> None:
    store = prepared("save small")
    creates = 0  # opening makes none: the store is there
    registry = Registry(FaultyStore(store, [Fault(creates, when, "create")]))
    assert registry.save("m", "new") == "2"
    assert list(state(store)["m"]) == ["1", "2"]


def test_when_nothing_answers_the_save_says_that_it_cannot_tell() -> None:
    store = prepared("save small")
    plan = [Fault(i, "lost", "create") for i in range(1)] + [Fault(i, "before", "read") for i in range(1, 9)]
    plan += [Fault(i, "unsent", "create") for i in range(1, 9)]
    with pytest.raises(Uncertain, match="cannot tell whether refs/m/"):
        Registry(FaultyStore(store, plan)).save("m", "new")
    assert state(store)["m"] == {"1": "old", "2": "new"}


def test_ours_that_was_emptied_before_we_asked_is_not_taken_for_somebody_elses() -> None:
    """Ours landed, its answer was lost, it was superseded and trimmed: saving again would save twice."""
    store = prepared("save small")

    class Trimming(FaultyStore):
        def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
            if key.startswith("refs/") and self.struck:
                store.write(key, [b""])
            return super().read(key, start, stop)

    with pytest.raises(Uncertain):
        Registry(Trimming(store, [Fault(0, "lost", "create")])).save("m", "new")
    assert state(store)["m"] == {"1": "old"}


def test_a_tombstone_that_takes_our_key_is_somebody_elses() -> None:
    store = prepared("overwrite")
    Registry(store).delete("m", "1")

    class Racing(FaultyStore):
        raced = False

        def create(self, key: str, data: Any) -> bool:
            if not self.raced:
                self.raced = store.create(key, b"")
            return super().create(key, data)

    assert Registry(Racing(store)).save("m", "new", version="1") == "1"
    assert state(store)["m"] == {"1": "new"}


def test_somebody_elses_ref_is_told_from_ours() -> None:
    """Another writer takes the number while our answer is lost: both versions are kept."""
    store = prepared("save small")

    class Interfering(FaultyStore):
        def create(self, key: str, data: Any) -> bool:
            if not self.struck:
                Registry(store).save("m", "theirs")
            return super().create(key, data)

    registry = Registry(Interfering(store, [Fault(0, "unsent", "create")]))
    assert registry.save("m", "ours") == "3"
    assert state(store)["m"] == {"1": "old", "2": "theirs", "3": "ours"}
