"""The plain sweep, rule by rule, in a store where nothing else happens."""

import json
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest

from casreg import CasregError, Corrupt, Registry, Unsupported
from casreg.condemned import Condemned
from casreg.stores.memory import MemoryStore
from casreg.testing import Crashed, FaultyStore, Sweep, Times, fault_points

TIMES = Times()
LARGE = np.random.default_rng(0).integers(0, 255, 200_000, np.uint8).tobytes()
OTHER = np.random.default_rng(1).integers(0, 255, 200_000, np.uint8).tobytes()
ORPHAN = "blobs/sha256/" + "0" * 64
LEASE = "leases/" + "1" * 32


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, *spans: float) -> None:
        self.now += sum(spans) + 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    """One version in packs."""
    store = MemoryStore(now=clock)
    Registry(store, version_objects=True, mutable=True).save("a", LARGE)
    return store


@pytest.fixture
def sweep(store: MemoryStore, clock: Clock) -> Sweep:
    return Sweep(store, clock)


def keys(store: MemoryStore, prefix: str) -> list[str]:
    return [entry.key for entry in store.scan(prefix)]


def blobs(store: MemoryStore) -> list[str]:
    return keys(store, "blobs/")


def test_what_nothing_reaches_is_deleted_and_what_a_version_needs_stays(
    store: MemoryStore, sweep: Sweep
) -> None:
    needed = blobs(store)
    store.write(ORPHAN, [b"orphan"])
    sweep.run()
    assert blobs(store) == needed
    assert Registry(store).load("a", verify="full") == LARGE


def test_a_closed_list_stays_until_late_deletes_have_landed_and_is_then_dropped(
    store: MemoryStore, sweep: Sweep, clock: Clock
) -> None:
    store.write(ORPHAN, [b"orphan"])
    sweep.run()
    name, closed, waited = keys(store, "condemned/")
    assert (closed, waited) == (f"{name}.closed", f"{name}.wait")
    clock.now += TIMES.hold + TIMES.margin
    sweep.run()
    assert len(keys(store, "condemned/")) == 3
    clock.pass_()
    sweep.run()
    assert keys(store, "condemned/") == []


def test_nothing_is_listed_where_nothing_is_unreferenced(store: MemoryStore, sweep: Sweep) -> None:
    sweep.run()
    assert keys(store, "condemned/") + keys(store, "probe/") == []


def test_a_deleted_version_is_emptied_then_swept_and_its_key_stays_taken(
    store: MemoryStore, sweep: Sweep
) -> None:
    taken = keys(store, "refs/")
    Registry(store).delete("a", "1")
    sweep.run()
    assert blobs(store) == []
    assert set(taken) < set(keys(store, "refs/"))
    assert [entry.size for entry in store.scan("refs/")] == [0, 0]


def test_emptied_generations_are_removed_when_nobody_can_rely_on_a_listing_without_them(
    store: MemoryStore, sweep: Sweep, clock: Clock
) -> None:
    Registry(store).delete("a", "1")
    sweep.run()
    clock.now += TIMES.life + TIMES.margin
    sweep.run()
    assert len(keys(store, "refs/")) == 2
    clock.pass_()
    sweep.run()
    assert len(keys(store, "refs/")) == 1  # the newest: never
    assert Registry(store).save("a", b"new", version="1") == "1"


def test_a_superseded_generation_keeps_its_blobs_as_long_as_it_may_be_wanted_back(
    store: MemoryStore, clock: Clock
) -> None:
    sweep = Sweep(store, clock, Times(undo=100.0))
    before = blobs(store)
    Registry(store).save("a", OTHER, version="1")
    clock.now += 99
    sweep.run()
    assert set(before) < set(blobs(store))
    clock.now += 1
    sweep.run()
    assert not set(before) & set(blobs(store))


def test_young_blobs_are_left_alone(store: MemoryStore, clock: Clock) -> None:
    sweep = Sweep(store, clock, Times(grace=100.0))
    clock.now += 200
    store.write(ORPHAN, [b"orphan"])
    clock.now += 99
    sweep.run()
    assert ORPHAN in blobs(store)
    clock.now += 1
    sweep.run()
    assert ORPHAN not in blobs(store)


def test_who_holds_a_lease_when_the_list_is_made_is_waited_for(
    store: MemoryStore, sweep: Sweep, clock: Clock
) -> None:
    store.create(LEASE, b"{}")
    store.write(ORPHAN, [b"orphan"])
    for _ in range(3):
        sweep.run()
    assert ORPHAN in blobs(store)
    assert len(keys(store, "condemned/")) == 2  # the list and whom it waits for; not a list for every run
    store.remove(LEASE)
    sweep.run()
    assert ORPHAN not in blobs(store)


def test_a_lease_that_was_renewed_since_is_waited_for_all_the_same(
    store: MemoryStore, sweep: Sweep, clock: Clock
) -> None:
    store.create(LEASE, b"{}")
    store.write(ORPHAN, [b"orphan"])
    sweep.run()
    clock.now += TIMES.ttl
    store.write(LEASE, [b"{}"])
    sweep.run()
    assert ORPHAN in blobs(store)


def test_an_expired_lease_is_waited_for_until_what_it_covered_has_landed_then_removed(
    store: MemoryStore, sweep: Sweep, clock: Clock
) -> None:
    store.create(LEASE, b"{}")
    store.write(ORPHAN, [b"orphan"])
    sweep.run()
    clock.now += TIMES.ttl + TIMES.margin
    sweep.run()
    assert keys(store, "leases/") == [LEASE]
    assert ORPHAN in blobs(store)
    clock.pass_()
    sweep.run()
    assert keys(store, "leases/") == []
    assert ORPHAN not in blobs(store)


def test_who_takes_a_lease_later_sees_the_list_and_is_not_waited_for(
    store: MemoryStore, sweep: Sweep
) -> None:
    store.create(LEASE, b"{}")
    store.write(ORPHAN, [b"orphan"])
    sweep.run()
    store.create("leases/" + "2" * 32, b"{}")
    store.remove(LEASE)
    sweep.run()
    assert ORPHAN not in blobs(store)


def test_the_leases_that_another_janitor_recorded_are_believed(store: MemoryStore, sweep: Sweep) -> None:
    store.create(LEASE, b"{}")
    store.write(ORPHAN, [b"orphan"])
    name = sweep.condemn(sweep.now())
    assert name is not None
    store.create(f"{name}.wait", json.dumps({"leases": []}).encode())
    sweep.run()
    assert ORPHAN not in blobs(store)


def test_a_list_of_everything_deletes_only_what_nothing_reaches(store: MemoryStore, sweep: Sweep) -> None:
    needed = blobs(store)
    store.write(ORPHAN, [b"orphan"])
    everything = ["sha256:" + key.rpartition("/")[2] for key in blobs(store)]
    store.create("condemned/" + "0" * 32, Condemned(blobs=everything).encode())
    sweep.run()
    assert blobs(store) == needed


def test_manifests_are_listed_before_what_they_point_at(store: MemoryStore, sweep: Sweep) -> None:
    config = {"mediaType": "x", "digest": "sha256:" + "0" * 64, "size": 1}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config,
    }
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}
    bodies = [json.dumps(manifest).encode(), b"{", json.dumps(index).encode(), b"[1]", b"\0"]
    for number, body in enumerate(bodies):
        store.write(f"blobs/sha256/{number:064}", [body])
    assert [int(digest[7:]) for digest in sweep.plan(sweep.now(), frozenset())] == [2, 0, 1, 3, 4]


def test_what_is_left_of_a_list_that_was_dropped_goes_too(store: MemoryStore, sweep: Sweep) -> None:
    store.create("condemned/" + "0" * 32 + ".wait", b"{}")
    store.create("condemned/" + "1" * 32 + ".closed", b"{}")
    sweep.run()
    assert keys(store, "condemned/") == []


@pytest.mark.parametrize(
    "break_",
    [
        lambda store: store.create("refs/a/r0~,r8", b"{}"),
        lambda store: store.create("refs/a/what", b"?"),
    ],
    ids=["unreadable", "unknown"],
)
def test_nothing_is_deleted_when_a_ref_cannot_be_followed(
    store: MemoryStore, sweep: Sweep, break_: Callable[[MemoryStore], object]
) -> None:
    store.write(ORPHAN, [b"orphan"])
    break_(store)
    with pytest.raises(Corrupt):
        sweep.run()
    assert ORPHAN in blobs(store)


def test_nothing_is_deleted_when_a_manifest_is_missing(store: MemoryStore, sweep: Sweep) -> None:
    ref = next(iter(store.scan("refs/"))).key
    body = json.loads(store.read(ref))
    body["inline"] = []
    store.create("refs/b/r8~,r8", json.dumps(body).encode())
    store.write(ORPHAN, [b"orphan"])
    with pytest.raises(Corrupt, match="missing"):
        sweep.run()
    assert ORPHAN in blobs(store)


@pytest.mark.parametrize("features", [{"writer": []}, {"writer": ["leases", "new"]}, {"reader": ["new"]}])
def test_a_store_of_other_rules_is_not_touched(clock: Clock, features: dict[str, list[str]]) -> None:
    store = MemoryStore(now=clock)
    registry = Registry(store, version_objects=True)
    registry.save("a", LARGE)
    registry.delete("a")
    config = json.loads(store.read("casreg.json"))
    config["features"].update(features)
    store.write("casreg.json", [json.dumps(config).encode()])
    before = {entry.key: entry.modified for entry in store.scan("")}
    with pytest.raises(Unsupported):
        Sweep(store, clock).run()
    assert {entry.key: entry.modified for entry in store.scan("")} == before


def test_after_its_time_a_janitor_marks_again_before_it_goes_on_deleting(
    store: MemoryStore, clock: Clock
) -> None:
    class Slow(FaultyStore):
        def remove(self, key: str) -> None:
            super().remove(key)
            clock.now += TIMES.hold

    for number in range(3):
        store.write(f"blobs/sha256/{number:064}", [b"orphan"])
    slow = Slow(store)
    Sweep(slow, clock).run()
    steps = [f"{call.verb} {call.key}" for call in slow.calls if "refs/" in call.key or call.verb == "remove"]
    mark = ["scan refs/", *(f"read {key}" for key in keys(store, "refs/"))]
    deletes = [f"remove blobs/sha256/{number:064}" for number in range(3)]
    assert steps[-3 * (len(mark) + 1) :] == [step for delete in deletes for step in (*mark, delete)]


def copied(original: MemoryStore) -> tuple[MemoryStore, Clock]:
    clock = Clock()
    store = MemoryStore(now=clock)
    for entry in original.scan(""):
        store.create(entry.key, original.read(entry.key))
    clock.pass_()
    return store, clock


def test_a_run_may_end_at_any_operation_and_another_one_finishes_it(store: MemoryStore) -> None:
    registry = Registry(store)
    registry.save("b", OTHER)
    registry.delete("a", "1")
    store.write(ORPHAN, [b"orphan"])
    again, clock = copied(store)
    recording = FaultyStore(again)
    Sweep(recording, clock).run()
    faults = list(fault_points(recording.calls))
    assert len(faults) > 100
    for fault in faults:
        again, clock = copied(store)
        with suppress(CasregError, Crashed):
            Sweep(FaultyStore(again, [fault]), clock).run()
        assert Registry(again).load("b", verify="full") == OTHER
        for _ in range(3):
            clock.pass_(TIMES.hold, TIMES.margin, TIMES.life)
            Sweep(again, clock).run()
        assert Registry(again).fsck(hashes=False) == []
        assert keys(again, "condemned/") + keys(again, "probe/") == []
