"""A whole store has nothing to report, whatever was done to it before and is done meanwhile."""

from collections.abc import Callable, Iterator

import pytest
from damaging import NOISE, TEXT, chunk_of, findings, flip, make_store

from casreg import Registry
from casreg.fsck import fsck
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Entry
from casreg.stores.wrapper import Wrapper


@pytest.fixture
def store() -> MemoryStore:
    return make_store()


def test_a_whole_store_has_nothing_to_report(store: MemoryStore) -> None:
    seen: list[tuple[int, int | None]] = []
    assert findings(store, progress=lambda done, total: seen.append((done, total))) == []
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] == sum(len(store.read(key)) for key in packs(store)) + inline(store)
    assert findings(MemoryStore()) == []


TENSORS = [("net", 1, "noise"), ("net", 2, "more"), ("wide", 2, "noise"), ("wide", 2, "more")]


def packs(store: MemoryStore) -> set[str]:
    return {chunk_of(store, f"{name}@{version}", tensor)[0] for name, version, tensor in TENSORS}


def inline(store: MemoryStore) -> int:
    with Registry(store).open("small") as snapshot:
        return sum(pack.size for pack in snapshot.packs)


def test_nothing_is_written(store: MemoryStore) -> None:
    before = {entry.key: store.read(entry.key) for entry in store.scan("")}
    findings(store)
    assert {entry.key: store.read(entry.key) for entry in store.scan("")} == before


def test_the_bytes_of_packs_are_not_read_for_the_structure(store: MemoryStore) -> None:
    key, offset, _, _ = chunk_of(store, "net@1", "noise")
    flip(store, key, offset)
    assert findings(store)
    assert findings(store, hashes=False) == []


def test_damage_where_nobody_reads_is_found_too(store: MemoryStore) -> None:
    key, _, _, digest = chunk_of(store, "net@1", "noise")
    flip(store, key, len(store.read(key)) - 20)
    (found,) = findings(store)
    assert (found.kind, found.pack, found.name) == ("corrupt", digest, None)
    assert "no version reads" in found.message


def test_superseded_and_deleted_generations_still_hold_their_blobs(store: MemoryStore) -> None:
    registry = Registry(store)
    registry.save("net", {"noise": NOISE, "text": TEXT}, version="1")
    registry.delete("net")
    assert findings(store) == []


class Meanwhile(Wrapper):
    """Does something once, when the listing has come to ``at``."""

    def __init__(self, inner: MemoryStore, at: str, act: Callable[[], None]) -> None:
        super().__init__(inner)
        self._at = at
        self._act: Callable[[], None] | None = act

    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        listed = list(super().scan(prefix, after))  # as it was when it began
        for entry in listed:
            if entry.key >= self._at and self._act:
                act, self._act = self._act, None
                act()
                yield from super().scan(prefix, entry.key)
                return
            yield entry


def save_more(store: MemoryStore) -> None:
    Registry(store).save("zzz", {"a": NOISE + 1})


def test_a_save_while_fsck_lists_is_not_damage(store: MemoryStore) -> None:
    watching = Meanwhile(store, "refs/", lambda: save_more(store))
    assert [f for f in fsck(watching) if not f.harmless] == []
    assert "zzz" in Registry(store).list_objects()


@pytest.mark.parametrize("at", ["casreg.json", "refs/net/", "refs/small/", "refs/wide/"])
def test_what_a_janitor_takes_away_while_fsck_runs_is_not_damage(store: MemoryStore, at: str) -> None:
    """Versions, and what only they need."""

    def janitor() -> None:
        for prefix in ("refs/net/", "refs/small/"):
            for entry in list(store.scan(prefix)):
                store.write(entry.key, [b""])
        for finding in findings(store):
            store.remove(finding.key)

    assert [f for f in fsck(Meanwhile(store, at, janitor)) if not f.harmless] == []
    assert findings(store) == []


def test_what_is_taken_away_before_its_bytes_are_read_is_not_damage(store: MemoryStore) -> None:
    looking = fsck(store)
    key = chunk_of(store, "net@1", "noise")[0]
    store.write("blobs/sha256/" + "0" * 64, [b"the orphan that fsck stops at, before it reads packs"])
    assert next(looking).harmless
    for entry in list(store.scan("refs/net/")):
        store.write(entry.key, [b""])
    store.remove(key)
    assert [f for f in looking if not f.harmless] == []


def test_what_is_taken_from_under_a_version_before_its_bytes_are_read_is_missing(store: MemoryStore) -> None:
    looking = fsck(store)
    key, _, _, pack = chunk_of(store, "net@1", "noise")
    store.write("blobs/sha256/" + "0" * 64, [b"the orphan that fsck stops at, before it reads packs"])
    assert next(looking).harmless
    store.remove(key)
    assert {(f.kind, f.key, f.version, f.pack) for f in looking} == {
        ("missing", key, "1", pack),
        ("missing", key, "2", pack),
    }
