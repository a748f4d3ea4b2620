"""No damage hides other damage, nor ends the search; what is not found does no harm."""

import random
from typing import Any

import numpy as np
import pytest
from damaging import (
    CONDEMNED,
    LEASE,
    SETTINGS,
    blob_key,
    chunk_of,
    findings,
    flip,
    make_store,
    ref_key,
    sections,
)

from casreg import CasregError, Corrupt, Denied, Registry, Unavailable
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Entry
from casreg.stores.wrapper import Wrapper


@pytest.fixture
def store() -> MemoryStore:
    return make_store()


def leaves(store: MemoryStore) -> list[str]:
    """Objects that lead to no others."""
    blobs = {
        blob_key(descriptor)
        for reference in ("net@1", "net@2", "wide@2")
        for _, manifest in sections(store, reference)
        for descriptor in [manifest.config, *manifest.layers]
    }
    return sorted([*blobs, SETTINGS, LEASE, CONDEMNED, "casreg.json", ref_key("small")])


def test_all_damage_is_found_at_once(store: MemoryStore) -> None:
    damaged = leaves(store)
    assert len(damaged) >= 14
    for key in damaged:
        flip(store, key, 0, 7)
    store.write("foreign", [b""])
    assert {f.key for f in findings(store)} == {*damaged, "foreign"}


def test_every_absence_is_found_at_once(store: MemoryStore) -> None:
    gone = [key for key in leaves(store) if key.startswith(("blobs/", "casreg.json"))]
    for key in gone:
        store.remove(key)
    assert {f.key for f in findings(store) if f.kind == "missing"} == set(gone)


def test_one_damaged_object_leaves_the_findings_about_others_as_they_are(store: MemoryStore) -> None:
    _, manifest = sections(store, "net@1")[0]
    flip(store, blob_key(manifest.packs[0]), 30)
    before = findings(store)
    assert before
    flip(store, blob_key(sections(store, "wide@2")[0][1].packs[0]), 30)
    flip(store, ref_key("small"), 0, 7)
    assert set(before) < set(findings(store))


class BadSector(Wrapper):
    """Some ranges of some objects cannot be read, though they are there; ``down``: nothing can."""

    def __init__(self, inner: MemoryStore, error: CasregError) -> None:
        super().__init__(inner)
        self.bad: set[str] = set()
        self.error = error
        self.down = False

    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        if key in self.bad and start == 0:
            raise self.error
        return super().read(key, start, stop)

    def stat(self, key: str) -> Entry | None:
        if self.down:
            raise self.error
        return super().stat(key)


ERRORS: list[Any] = [
    Unavailable("Input/output error while reading"),
    Denied("Permission denied while reading"),
    Corrupt("Bad message while reading"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.kind)
def test_what_cannot_be_read_is_told_and_does_not_end_the_search(
    store: MemoryStore, error: CasregError
) -> None:
    bad = BadSector(store, error)
    bad.bad = set(leaves(store))
    found = findings(bad)
    assert {f.key for f in found} == bad.bad
    assert {f.kind for f in found} == {"corrupt"}
    assert {f.message for f in found if f.name is None} == {error.message}


def test_what_cannot_be_read_of_a_pack_names_its_tensors(store: MemoryStore) -> None:
    bad = BadSector(store, ERRORS[0])
    bad.bad = {blob_key(sections(store, "net@1")[0][1].packs[0])}
    found = findings(bad)
    assert {f.message for f in found} == {ERRORS[0].message}
    assert {f.tensor for f in found} == {None, "noise", "text"}
    assert {f.version for f in found} == {"1", "2"}


def test_around_a_bad_sector_of_a_large_pack_chunks_are_checked_all_the_same() -> None:
    store = MemoryStore()
    rng = np.random.default_rng(0)
    Registry(store, version_objects=True).save(
        "m", {n: rng.integers(0, 255, 6 << 20, np.uint8) for n in "abcd"}
    )
    pack, last, _, _ = max((chunk_of(store, "m", name) for name in "abcd"), key=lambda chunk: chunk[1])
    bad = BadSector(store, ERRORS[0])
    bad.bad = {pack}
    before = {(f.tensor, f.offset) for f in findings(bad)}
    assert 2 <= len({tensor for tensor, _ in before}) < 5
    flip(store, pack, last)
    assert [offset for _, offset in {(f.tensor, f.offset) for f in findings(bad)} - before] == [last]


@pytest.mark.parametrize("error", ERRORS[:2], ids=lambda error: error.kind)
def test_a_store_that_is_down_is_not_called_damaged(store: MemoryStore, error: CasregError) -> None:
    bad = BadSector(store, error)
    bad.bad, bad.down = set(leaves(store)), True
    with pytest.raises(type(error)):
        findings(bad)


def loaded(store: MemoryStore) -> dict[str, Any]:
    registry = Registry(store, read_only=True)
    everything = registry.list_objects_and_versions()
    return {
        f"{name}@{version}": registry.load(name, version, verify="full")
        for name, versions in everything.items()
        for version in versions
    }


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(np.array_equal(one, other))


def test_damage_that_is_not_found_harms_no_version(store: MemoryStore) -> None:
    """A flipped bit anywhere is found and its object named, or everything loads as it was saved."""
    whole = loaded(store)
    rng = random.Random(0)
    for key in [entry.key for entry in store.scan("") if entry.key.startswith(("refs/", "blobs/"))]:
        good = store.read(key)
        for _ in range(12 if good else 0):
            flip(store, key, rng.randrange(len(good)), rng.randrange(8))
            found = [f for f in findings(store) if not f.harmless]
            assert {f.key for f in found} <= {key} or key.startswith("refs/")
            if not found:
                assert same(loaded(store), whole), key
            store.write(key, [good])


def test_what_is_found_in_a_version_is_what_loading_it_refuses(store: MemoryStore) -> None:
    rng = random.Random(1)
    refused = 0
    for key in [entry.key for entry in store.scan("blobs/")]:
        good = store.read(key)
        flip(store, key, rng.randrange(len(good)))
        for name, version in {(f.name, f.version) for f in findings(store) if f.name and not f.generation}:
            with pytest.raises(Corrupt):
                Registry(store).load(f"{name}@{version}", verify="full")
            refused += 1
        store.write(key, [good])
    assert refused > 10
