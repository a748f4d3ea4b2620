"""What versions take, per name and in all; and that deleting them frees what was told."""

import threading
import time
from typing import Any

import numpy as np
import pytest

from casreg import CasregError, Corrupt, NameNotFound, Registry
from casreg.registry.usage import NameStats, StoreStats
from casreg.registry.usage.distinct import Distinct
from casreg.testing import Sweep
from casreg.testing.metered import MeteredStore

SIZE = 300_000


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, SIZE, np.uint8)


@pytest.fixture
def filled(registry: Registry) -> Registry:
    """ "run", of three versions that share half; "copy", which shares with it; "small", inline."""
    for step in range(3):
        registry.save("run", {"same": noise(0), "own": noise(step + 1)})
    registry.save("copy", {"same": noise(0), "other": noise(9)}, base="run")
    for step in range(4):
        registry.save("small", {"step": step})
    return registry


def swept(registry: Registry) -> int:
    """Bytes in the store, once nothing is held by history and everything that nothing needs is gone."""
    clock = time.time() + 10**8
    for _ in range(3):
        clock += 10**8
        Sweep(registry.backend, lambda now=clock: now).run()  # type: ignore[misc]
    return sum(entry.size for prefix in ("blobs/", "refs/") for entry in registry.backend.scan(prefix))


def test_the_figures_of_a_store_add_up(filled: Registry) -> None:
    stats = filled.stats()
    assert isinstance(stats, StoreStats)
    assert [row.name for row in stats.rows] == ["copy", "run", "small"]
    for one in (stats, *stats.rows):
        assert one.stored == one.packed + one.metadata
        assert one.packed == one.live + one.dead
        assert min(one.metadata, one.dead) >= 0
        assert one.dedup * one.compression == pytest.approx(one.plain / one.live)
        assert one.exclusive <= one.stored
    assert stats.versions == sum(row.versions for row in stats.rows) == 8
    assert stats.plain == sum(row.plain for row in stats.rows)
    assert sum(row.exclusive for row in stats.rows) <= stats.stored < sum(row.stored for row in stats.rows)
    config = sum(e.size for e in filled.backend.scan("") if not e.key.startswith(("refs/", "blobs/")))
    assert stats.held == stats.stored + stats.history + stats.orphaned + config
    assert (stats.history, stats.orphaned) == (0, 0)


def test_the_figures_of_a_name_are_the_stores_row_and_its_versions(filled: Registry) -> None:
    for row in filled.stats().rows:
        stats = filled.stats(row.name)
        assert isinstance(stats, NameStats)
        assert all(getattr(stats, field) == getattr(row, field) for field in row.__dataclass_fields__)
        assert [version.version for version in stats.rows] == filled.list_versions(row.name)
        assert sum(version.added for version in stats.rows) == stats.stored
        assert sum(version.plain for version in stats.rows) == stats.plain
        assert sum(version.exclusive for version in stats.rows) <= stats.exclusive


def test_what_is_there_twice_is_counted_once(filled: Registry) -> None:
    run = filled.stats("run")
    assert run.versions == 3
    assert 4 * SIZE < run.distinct < 4 * SIZE + 5000  # "same" once, three of "own", and headers
    assert run.dedup == pytest.approx(1.5, rel=0.02)
    small = filled.stats("small")
    assert (small.packs, small.chunks) == (4, 4)
    assert small.stored == sum(e.size for e in filled.backend.scan("refs/small/"))


@pytest.mark.parametrize("doomed", ["run@1", "run@3", "copy@1", "small@2"])
def test_deleting_a_version_frees_what_was_told(filled: Registry, doomed: str) -> None:
    name, _, version = doomed.partition("@")
    told = next(row.exclusive for row in filled.stats(name).rows if row.version == version)
    before = swept(filled)
    filled.delete(doomed)
    assert filled.stats().history >= told  # until the undo window ends
    assert before - swept(filled) == told > 0
    assert filled.stats().history == 0


@pytest.mark.parametrize("doomed", ["run", "copy", "small"])
def test_deleting_a_name_frees_what_was_told(filled: Registry, doomed: str) -> None:
    told = filled.stats(doomed).exclusive
    before = swept(filled)
    filled.delete(doomed)
    assert before - swept(filled) == told > 0
    with pytest.raises(NameNotFound):
        filled.stats(doomed)


def test_history_is_what_overwritten_versions_alone_hold() -> None:
    with Registry("memory://", version_objects=True, mutable=True) as registry:
        registry.save("m", {"same": noise(0), "own": noise(1)}, version="1")
        first = registry.stats("m")
        registry.save("m", {"same": noise(0), "own": noise(2)}, version="1")
        stats = registry.stats("m")
        assert 0 < stats.history < first.stored + SIZE / 2
        assert (stats.versions, registry.stats().history) == (1, stats.history)
        assert swept(registry) == stats.stored


def test_a_name_that_has_history_alone_has_no_row(registry: Registry) -> None:
    registry.save("gone", noise(0))
    stored = registry.stats("gone").stored
    registry.delete("gone")
    stats = registry.stats()
    assert (stats.rows, stats.versions, stats.stored, stats.history) == ((), 0, 0, stored)


def test_blobs_that_nothing_needs_are_orphans(filled: Registry) -> None:
    filled.backend.write("blobs/sha256/" + "0" * 64, [b"x" * 100])
    assert filled.stats().orphaned == 100


def test_an_empty_store_has_figures(registry: Registry) -> None:
    stats = registry.stats()
    assert (stats.plain, stats.stored, stats.dedup, stats.compression, stats.rows) == (0, 0, 0.0, 0.0, ())


def test_dead_is_what_a_deleted_version_left_in_packs_that_others_need(registry: Registry) -> None:
    registry.save("m", {"a": noise(0), "b": noise(1)})
    registry.save("m", {"a": noise(0), "b": noise(2)})
    before = registry.stats("m")
    registry.delete("m@1")
    after = registry.stats("m")
    assert before.dead < SIZE < after.dead + 1000


def test_no_data_is_read_and_other_names_indexes_are_not(filled: Registry) -> None:
    metered = MeteredStore(filled.backend)
    with Registry(metered, read_only=True) as reading:
        metered.reset()
        reading.stats("small")
        assert metered.counts["scan"] == 1
        assert metered.counts["read"] <= 8 + 4  # refs, and what is not inline in them
    for entry in list(filled.backend.scan("blobs/")):
        if entry.size > 20_000:
            filled.backend.remove(entry.key)
    assert filled.stats("run").versions == 3


def test_what_is_deleted_meanwhile_is_no_error(registry: Registry) -> None:
    done = threading.Event()
    failed: list[Exception] = []

    def delete() -> None:
        try:
            for number in range(12):
                registry.delete("m", registry.save("m", noise(number)))
                swept(registry)
        except CasregError as error:
            failed.append(error)
        finally:
            done.set()

    registry.save("stays", noise(99))
    thread = threading.Thread(target=delete)
    thread.start()
    while not done.is_set():
        assert registry.stats().versions in (1, 2)
        assert registry.stats("stays").versions == 1
    thread.join()
    assert failed == []


def test_damage_is_told_and_not_counted_around(filled: Registry) -> None:
    with filled.open("run@2") as version:
        blob = version.sections[0].index
        assert version.ref.blob(blob) is not None
    ref = next(e.key for e in filled.backend.scan("refs/run/"))
    filled.backend.write(ref, [b"{"])
    for ask in (filled.stats, lambda: filled.stats("run"), lambda: filled.stats("small")):
        with pytest.raises(Corrupt) as caught:
            ask()
        assert caught.value.name == "run"


def test_distinct_counts_each_key_once_whatever_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casreg.registry.usage.distinct._PENDING", 50)
    rng = np.random.default_rng(0)
    found, model = Distinct(), dict[int, int]()
    for _ in range(100):
        keys = rng.integers(0, 500, 30).astype(np.uint64)
        found.add(keys, keys * np.uint64(3))
        model |= {int(key): 3 * int(key) for key in keys}
    assert (len(found), found.size) == (len(model), sum(model.values()))


def test_a_version_is_asked_for_as_info_is(filled: Registry) -> None:
    kinds: dict[str, Any] = {
        "StoreStats": filled.stats(),
        "NameStats": filled.stats("run"),
        "VersionStats": filled.stats("run@latest"),
    }
    assert {type(stats).__name__: stats for stats in kinds.values()} == kinds
    assert filled.stats("run", "latest") == filled.stats("run@3") == filled.stats("run", "3")
