"""copy: one version to another registry, as it is."""

from pathlib import Path

import numpy as np
import pytest

from casreg import (
    CasregError,
    InvalidInput,
    ReadOnly,
    Registry,
    StoreNotFound,
    TargetExists,
    VersionNotFound,
)
from casreg.stores.memory import MemoryStore
from casreg.testing import Crashed, Fault, FaultyStore, MeteredStore, fault_points

MAYBE = ("crashed", "uncertain")
"""What is told where it is not known whether the copy is there."""
NOISE = np.random.default_rng(0).integers(0, 255, 300_000, np.uint8)


def opened() -> Registry:
    return Registry(MemoryStore(), version_objects=True)


@pytest.fixture
def source() -> Registry:
    made = opened()
    made.save("a", {"x": NOISE}, metadata={"run": 7})
    made.save("a", {"x": NOISE, "y": 1})
    return made


def test_a_copy_is_the_same_version_by_its_digest(source: Registry) -> None:
    target = opened()
    copied = source.copy("a@1", target)
    assert (copied, copied.name, copied.present) == ("1", "a", False)
    assert copied.bytes > NOISE.size
    for fact in ("digest", "hash", "metadata", "class", "size"):
        assert target.info("a@1")[fact] == source.info("a@1")[fact]
    assert np.array_equal(target.load("a@1", verify="full")["x"], NOISE)


def test_it_is_idempotent_and_moves_what_is_not_there(source: Registry) -> None:
    target = opened()
    source.copy("a@1", to=target)
    assert source.copy("a", to=target).bytes < 10_000
    again = source.copy("a", to=target)
    assert (again, again.bytes, again.present) == ("2", 0, True)
    assert target.list_versions("a") == ["1", "2"]


def test_under_another_name_and_number(source: Registry) -> None:
    target = Registry(MemoryStore(), version_objects=True, version_digits=3)
    copied = source.copy("a@1", to=target, name="released/a", version="7.1")
    assert (copied, copied.name) == ("7.1.0", "released/a")
    assert source.copy("a", to=source, name="b", version="9") == "9"
    assert source.open("b@9").digest == source.open("a@2").digest
    assert source.copy("a", to=Registry(MemoryStore())) == "1"


def test_another_version_in_its_place_stays(source: Registry) -> None:
    target = opened()
    target.save("a", "theirs", version="2")
    with pytest.raises(TargetExists, match="under another name or version") as caught:
        source.copy("a", to=target)
    assert caught.value.source == source.open("a").digest
    assert caught.value.target == target.open("a").digest
    assert target.load("a") == "theirs"
    assert list(target.backend.scan("blobs/")) == []


def test_a_place_is_opened_where_a_store_is(source: Registry, tmp_path: Path) -> None:
    with pytest.raises(StoreNotFound, match="casreg init"):
        source.copy("a", to=tmp_path / "s")
    assert not (tmp_path / "s").exists()
    Registry(tmp_path / "s", version_objects=True).close()
    assert source.copy("a", to=str(tmp_path / "s")) == "2"
    assert source.copy("a@1", to=tmp_path / "s") == "1"
    with Registry(tmp_path / "s") as there:
        assert there.list_versions("a") == ["1", "2"]
    store = MemoryStore()
    Registry(store, version_objects=True)
    assert source.copy("a", to=store) == "2"
    for rubbish in (None, 7, {"a": 1}):
        with pytest.raises(InvalidInput, match="to= is"):
            source.copy("a", to=rubbish)  # type: ignore[arg-type]


def test_what_cannot_be_copied_is_refused(source: Registry, tmp_path: Path) -> None:
    target = opened()
    with pytest.raises(VersionNotFound):
        source.copy("a@9", to=target)
    for bad in ({"name": "../x"}, {"name": ""}, {"version": "latest"}, {"version": "prod"}):
        with pytest.raises(InvalidInput):
            source.copy("a", to=target, **bad)  # type: ignore[arg-type]
    assert target.list_objects() == []
    with pytest.raises(ReadOnly):
        source.copy("a", to=Registry(target.backend, read_only=True))


def test_from_a_registry_that_may_only_be_read(source: Registry) -> None:
    target = opened()
    assert Registry(source.backend, read_only=True).copy("a", to=target) == "2"


def test_what_is_inline_is_two_listings_and_a_create(source: Registry) -> None:
    source.save("small", 7)
    store = MeteredStore(MemoryStore())
    target = Registry(store, version_objects=True)
    store.reset()
    source.copy("small", to=target)
    assert {verb: count for verb, count in store.counts.items() if count} == {"scan": 2, "create": 1}
    store.reset()
    source.copy("small", to=target)
    assert {verb: count for verb, count in store.counts.items() if count} == {"scan": 2, "read": 1}


@pytest.mark.parametrize("faulty", ["source", "target"])
def test_whatever_fails_the_copy_is_whole_or_not_there_and_made_again_it_is(
    source: Registry, faulty: str
) -> None:
    def copied(store: MemoryStore, plan: list[Fault]) -> FaultyStore:
        """What the copy asked of the store that is to fail; raises what the copy raises."""
        inner = source.backend if faulty == "source" else store
        failing = FaultyStore(inner)
        registry = Registry(failing)
        seen = [call.verb for call in failing.calls]
        failing.plan = frozenset(Fault(f.call + seen.count(f.verb), f.when, f.verb) for f in plan if f.verb)
        failing.calls.clear()
        if faulty == "source":
            registry.copy("a", to=Registry(store))
        else:
            source.copy("a", to=registry)
        return failing

    def made() -> MemoryStore:
        store = MemoryStore()
        Registry(store, version_objects=True)
        return store

    faults = list(fault_points(copied(made(), []).calls))
    assert len(faults) >= 12
    for fault in faults:
        store, told = made(), "done"
        try:
            copied(store, [fault])
        except (CasregError, Crashed) as error:
            told = getattr(error, "kind", "crashed")
        there = Registry(store).list_versions("a")
        assert there in ([["2"]] if told == "done" else [[], ["2"]] if told in MAYBE else [[]]), fault
        assert [one for one in Registry(store).fsck() if one.kind != "orphan"] == [], fault
        assert source.copy("a", to=Registry(store)).present == (there == ["2"]), fault
        assert np.array_equal(Registry(store).load("a", verify="full")["x"], NOISE), fault
