"""Versions get another name, and stay what they are."""

from typing import Any

import numpy as np
import pytest

from casreg import CasregError, Conflict, InvalidInput, NameNotFound, ReadOnly, Registry, Unavailable
from casreg.condemned import Condemned
from casreg.leases import LIFE
from casreg.stores.memory import MemoryStore
from casreg.testing import Crashed, FaultyStore, fault_points

LARGE = np.random.default_rng(0).integers(0, 255, 50_000, np.uint8)


def prepared() -> MemoryStore:
    """``a/b`` has versions 1 (small), 2 (tagged, noted of) and 3 (large, protected); 2.5 was deleted."""
    store = MemoryStore()
    reg = Registry(store, version_objects=True, mutable=True, author="ann")
    reg.save("a/b", "one", metadata={"x": 1})
    reg.save("a/b", "two", tags=("prod", "v2-rc"))
    reg.save("a/b", "gone", version="2.5")
    reg.delete("a/b", "2.5")
    reg.save("a/b", LARGE, version="3")
    reg.note("a/b@2", {"loss": 0.5})
    reg.protect("a/b@3")
    reg.save("other", 1)
    return store


@pytest.fixture
def store() -> MemoryStore:
    return prepared()


@pytest.fixture
def reg(store: MemoryStore) -> Registry:
    return Registry(store, author="bo")


FACTS = ("digest", "hash", "created", "metadata", "notes", "new_size", "parent")


def facts(store: Any, name: str) -> dict[str, Any]:
    """What has to stay as it is."""
    registry = Registry(store, read_only=True)
    told = {version: [one[key] for key in FACTS] for version, one in registry.info(name).items()}
    return {**told, "tags": registry.tags(name)}


def protected(registry: Registry, reference: str) -> bool:
    try:
        registry.delete(reference, force=True)
    except Conflict:
        return True
    return False


def test_everything_of_a_version_moves_along(reg: Registry, store: MemoryStore) -> None:
    before = facts(store, "a/b")
    assert before["tags"] == {"prod": "2", "v2-rc": "2"}
    assert reg.rename("a/b", "c") == ["1", "2", "3"]
    assert facts(store, "c") == before
    assert facts(store, "a/b") == {"tags": {}}
    assert reg.list_objects() == ["c", "other"]
    assert reg.load("c@prod", verify="full") == "two"
    assert np.array_equal(reg.load("c", verify="full"), LARGE)
    assert protected(reg, "c@3")
    assert list(reg.fsck()) == []
    assert list(store.scan("leases/")) == []
    assert reg.save("a/b", "anew", version="3") == "3"  # nothing protects the old name
    assert reg.save("c", "next") == "4"


def test_back_and_forth_is_where_it_was(reg: Registry, store: MemoryStore) -> None:
    before = facts(store, "a/b")
    reg.rename("a/b", "c")
    reg.rename("c", "a/b")
    assert facts(store, "a/b") == before
    assert protected(reg, "a/b@3")


def test_what_was_noted_before_a_version_went_and_came_back_is_what_was_noted_last(reg: Registry) -> None:
    reg.note("a/b@1", {"old": 1})
    reg.rename("a/b", "c")
    reg.note("c@1", remove="old")
    reg.note("c@2", {"loss": 0.25})
    reg.rename("c", "a/b")
    assert reg.notes("a/b@1") == {}
    assert reg.notes("a/b@2") == {"loss": 0.25}


@pytest.mark.parametrize(("first", "then"), [("a/b", "c"), ("c", "a/b")])
def test_of_what_is_noted_under_both_names_what_was_noted_last_counts(
    reg: Registry, first: str, then: str
) -> None:
    reg.copy("a/b@1", to=reg, name="c")
    reg.note(f"{first}@1", {"x": 1, first: True})
    reg.note(f"{then}@1", {"x": 2, then: True})
    reg.rename("a/b", "c")
    assert reg.notes("c@1") == {"x": 2, first: True, then: True}


def test_to_a_name_that_has_other_versions(reg: Registry, store: MemoryStore) -> None:
    assert reg.rename("other", "x") == ["1"]
    reg.save("y", 7, version="7")
    reg.save("y", 1, version="1")
    reg.delete("y", "1")
    assert reg.rename("x", "y") == ["1"]
    assert reg.list_versions("y") == ["1", "7"]
    assert reg.load("y@1") == 1


def test_what_makes_no_sense_is_refused(reg: Registry, store: MemoryStore) -> None:
    before = sorted(entry.key for entry in store.scan(""))
    for old, new, error in (
        ("a/b", "a/b", InvalidInput),
        ("a/b", "a@b", InvalidInput),
        ("a/b@1", "c", InvalidInput),
        ("a/b", "", InvalidInput),
        ("nobody", "c", NameNotFound),
        ("a/b", "other", Conflict),
    ):
        with pytest.raises(error):
            reg.rename(old, new)
    with Registry(store, read_only=True) as reader, pytest.raises(ReadOnly):
        reader.rename("a/b", "c")
    assert sorted(entry.key for entry in store.scan("")) == before


def test_a_tag_that_stands_for_another_version_there_is_a_conflict(reg: Registry, store: MemoryStore) -> None:
    reg.save("c", 9, version="9", tags="prod")
    before = facts(store, "a/b"), facts(store, "c")
    with pytest.raises(Conflict, match="c@prod stands for 9, a/b@prod for 2: nothing was renamed"):
        reg.rename("a/b", "c")
    assert (facts(store, "a/b"), facts(store, "c")) == before


def test_what_a_sweep_may_delete_is_not_renamed(reg: Registry, store: MemoryStore) -> None:
    pack = next(entry.key for entry in store.scan("blobs/sha256/"))
    listed = Condemned(blobs=["sha256:" + pack.removeprefix("blobs/sha256/")])
    store.create("condemned/" + "0" * 32, listed.encode())
    with pytest.raises(Unavailable, match="rename it later"):
        reg.rename("a/b", "c")
    assert reg.list_versions("c") == []
    assert list(store.scan("leases/")) == []


def test_a_lease_that_runs_out_starts_over(reg: Registry, store: MemoryStore) -> None:
    before, times = facts(store, "a/b"), iter([0.0] * 8)
    reg._clock = lambda: next(times, LIFE * 2)
    assert reg.rename("a/b", "c") == ["1", "2", "3"]
    assert facts(store, "c") == before


def copies(store: MemoryStore) -> dict[str, Any]:
    """Of each version what either name says, which must not differ."""
    found: dict[str, Any] = {}
    registry = Registry(store, read_only=True)
    for name in ("a/b", "c"):
        for version in registry.list_versions(name):
            value = registry.load(name, version, verify="full")
            shown = (registry.info(name, version)["digest"], np.asarray(value).tobytes())
            assert found.setdefault(version, shown) == shown
    return found


def test_whatever_fails_every_version_is_there_and_the_same_call_finishes_it(store: MemoryStore) -> None:
    before, versions = facts(store, "a/b"), copies(store)
    recording = FaultyStore(again(store))
    registry = Registry(recording)
    opening = [call.verb for call in recording.calls]
    registry.rename("a/b", "c")
    done = 0
    for fault in fault_points(recording.calls):
        if fault.verb is None or fault.call < opening.count(fault.verb):
            continue
        struck = again(store)
        try:
            Registry(FaultyStore(struck, [fault])).rename("a/b", "c")
            done += 1
        except (CasregError, Crashed):
            assert copies(struck) == versions, fault
            if Registry(struck).list_versions("a/b"):
                Registry(struck).rename("a/b", "c")
        assert facts(struck, "c") == before, fault
        assert facts(struck, "a/b") == {"tags": {}}, fault
        assert protected(Registry(struck), "c@3"), fault
    assert done > 20


def again(store: MemoryStore) -> MemoryStore:
    """A store that holds the same."""
    made = MemoryStore()
    for entry in store.scan(""):
        made.create(entry.key, store.read(entry.key))
    return made


class Meanwhile(FaultyStore):
    """Does something when a key of a prefix is created for the first time."""

    def __init__(self, store: MemoryStore, prefix: str, act: Any) -> None:
        super().__init__(store)
        self.prefix, self.act = prefix, act

    def create(self, key: str, data: Any) -> bool:
        if key.startswith(self.prefix) and self.act is not None:
            act, self.act = self.act, None
            act(Registry(self.inner))
        return super().create(key, data)


TOMBSTONE = "refs/a%2fb/r8~,r7"
"""Of the first version: all that is added to the new name is there."""


@pytest.mark.parametrize(
    ("act", "holds"),
    [
        (lambda r: r.tag("a/b", "late", "1"), lambda r: r.tags("c")["late"] == "1"),
        (lambda r: r.tag("a/b", "prod", "3"), lambda r: r.tags("c")["prod"] == "3"),
        (lambda r: r.note("a/b@1", {"late": 1}), lambda r: r.notes("c@1") == {"late": 1}),
        (lambda r: r.note("a/b@2", {"late": 1}), lambda r: r.notes("c@2") == {"late": 1, "loss": 0.5}),
        (lambda r: r.note("a/b@2", {"loss": 0.25}), lambda r: r.notes("c@2") == {"loss": 0.25}),
        (lambda r: r.note("a/b@2", remove="loss"), lambda r: r.notes("c@2") == {}),
        (lambda r: r.note("c@2", {"loss": 0.25}), lambda r: r.notes("c@2") == {"loss": 0.25}),
        (lambda r: r.protect("a/b@1"), lambda r: protected(r, "c@1")),
        (lambda r: r.save("a/b", 4, version="4"), lambda r: r.list_versions("a/b") == ["4"]),
        (lambda r: r.delete("a/b", "1"), lambda r: r.load("c@1") == "one"),
    ],
)
def test_what_others_do_meanwhile_is_not_lost(store: MemoryStore, act: Any, holds: Any) -> None:
    registry = Registry(Meanwhile(store, TOMBSTONE, act))
    assert registry.rename("a/b", "c") == ["1", "2", "3"]
    assert holds(Registry(store))


def test_what_is_overwritten_meanwhile_stays_under_the_old_name(store: MemoryStore) -> None:
    registry = Registry(Meanwhile(store, TOMBSTONE, lambda r: r.save("a/b", "new", version="1")))
    with pytest.raises(Conflict, match="a/b@1 was overwritten while it was renamed"):
        registry.rename("a/b", "c")
    assert (registry.load("a/b@1"), registry.load("c@1")) == ("new", "one")


def test_what_is_marked_and_noted_meanwhile_is_carried_though_one_version_stays(store: MemoryStore) -> None:
    def act(registry: Registry) -> None:
        registry.tag("a/b", "late", "1")
        registry.note("a/b@1", {"late": 1})
        registry.save("a/b", "new", version="2")

    registry = Registry(Meanwhile(store, TOMBSTONE, act))
    with pytest.raises(Conflict, match="a/b@2 was overwritten"):
        registry.rename("a/b", "c")
    assert registry.list_objects_and_versions() == {"a/b": ["2"], "c": ["1", "2", "3"], "other": ["1"]}
    assert (registry.tags("c")["late"], registry.notes("c@1")) == ("1", {"late": 1})
    assert registry.tags("a/b") == {}


def test_renamed_both_ways_at_once_no_version_is_lost(store: MemoryStore) -> None:
    """Each finds all under both names, and would delete those under the one that it takes away."""
    versions = copies(store)
    registry = Registry(Meanwhile(store, TOMBSTONE, lambda r: r.rename("c", "a/b")))
    with pytest.raises(Conflict, match="c@1 was deleted while a/b was renamed: a/b@1 stays"):
        registry.rename("a/b", "c")
    assert copies(store) == versions
    assert registry.list_versions("a/b") == ["1", "2", "3"]
    assert registry.tags("a/b") == {"prod": "2", "v2-rc": "2"}


def test_what_is_saved_there_meanwhile_is_kept(store: MemoryStore) -> None:
    registry = Registry(Meanwhile(store, "refs/c/", lambda r: r.save("c", "theirs")))
    with pytest.raises(Conflict, match="c@1 is there already"):
        registry.rename("a/b", "c")
    assert registry.load("c@1") == "theirs"
    assert registry.list_versions("a/b") == ["1", "2", "3"]


def test_in_a_store_of_one_version_of_each_name() -> None:
    registry = Registry("memory://")
    registry.save("a", 1)
    registry.save("b", 2)
    assert registry.rename("a", "c") == ["1"]
    with pytest.raises(Conflict):
        registry.rename("b", "c")
    assert (registry["c"], registry["b"], "a" in registry) == (1, 2, False)
