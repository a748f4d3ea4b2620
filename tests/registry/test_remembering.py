"""What a Registry may remember, and where it lays files: only as its caller says."""

import gc
import multiprocessing
import pickle
import tempfile
from pathlib import Path
from typing import Any

import pytest

from casreg import InvalidInput, NotFound, Registry
from casreg.registry.remembering import Remembering
from casreg.stores.memory import MemoryStore
from casreg.testing import MeteredStore


class Clock:
    time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("casreg.default.clock", made)
    return made


def test_by_default_another_ones_save_shows_at_once() -> None:
    store = MemoryStore()
    mine, theirs = Registry(store, version_objects=True), Registry(store)
    for i in range(5):
        theirs["a"] = i
        assert mine["a"] == i
        assert mine.list_versions("a")[-1] == str(i + 1)
        assert mine.has_object("a", str(i + 1))


def test_a_latest_version_is_remembered_as_long_as_was_asked_for(clock: Clock) -> None:
    store = MeteredStore(MemoryStore())
    theirs = Registry(store, version_objects=True)
    mine = Registry(store, versions_cache_ttl=10)
    theirs["a"] = 1
    assert (mine["a"], mine.list_versions("a")) == (1, ["1"])
    theirs["a"] = 2
    store.reset()
    clock.time = 9.9
    assert (mine["a"], mine.get("a"), mine.load("a"), mine.list_versions("a")) == (1, 1, 1, ["1"])
    assert not any(store.counts.values())
    assert mine["a@2"] == 2  # what is named is looked for
    clock.time = 10.1
    assert (mine["a"], mine.list_versions("a")) == (2, ["1", "2"])


def test_what_a_registry_did_itself_it_sees_at_once(clock: Clock) -> None:
    mine = Registry("memory://", version_objects=True, versions_cache_ttl=60)
    assert mine.save("a", 1) == "1"
    assert mine["a"] == 1
    mine["a"] = 2
    assert (mine["a"], mine.list_versions("a")) == (2, ["1", "2"])
    mine.delete("a", "2")
    assert (mine["a"], mine.list_versions("a")) == (1, ["1"])
    assert mine.pop("a") == 1
    with pytest.raises(NotFound):
        mine["a"]
    assert mine.list_versions("a") == []


def test_numbers_and_pops_never_come_from_what_is_remembered(clock: Clock) -> None:
    store = MemoryStore()
    mine, theirs = Registry(store, True, None, 60), Registry(store)
    mine["a"] = 1
    assert mine["a"] == 1
    theirs["a"] = 2
    assert mine.save("a", 3) == "3"
    assert mine["a"] == 3
    theirs.delete("a", "3")
    assert mine.pop("a") == 2


def test_what_is_not_there_is_not_remembered(clock: Clock) -> None:
    store = MemoryStore()
    mine, theirs = Registry(store, versions_cache_ttl=60), Registry(store)
    assert mine.get("a") is None
    theirs["a"] = 1
    assert mine["a"] == 1


@pytest.mark.parametrize("ttl", [-1, float("nan"), "60", None, True])
def test_a_time_that_is_none_is_refused(ttl: Any) -> None:
    with pytest.raises(InvalidInput, match="versions_cache_ttl="):
        Registry("memory://", versions_cache_ttl=ttl)


def test_a_pickled_registry_remembers_for_as_long_and_wraps_its_store_once(tmp_path: Path) -> None:
    sent = pickle.loads(pickle.dumps(Registry(tmp_path / "s", versions_cache_ttl=5, read_only=False)))
    assert isinstance(sent.backend, Remembering)
    assert not isinstance(sent.backend.inner, Remembering)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_without_the_cache_files_lie_in_a_directory_of_its_own_until_it_is_closed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    shared = tmp_path / "cache"
    registry = Registry(tmp_path / "s", use_cache=False, cache_dir=shared)
    registry["f"] = tmp_path / "file"
    path = registry["f"]
    assert path.read_text() == "x"
    assert not shared.exists()
    process = multiprocessing.get_context("fork").Process(target=registry.close)
    process.start()
    process.join()
    assert path.read_text() == "x"
    registry.close()
    assert not path.exists()


def test_what_a_closed_registry_without_the_cache_is_asked_for_is_taken_away_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    registry = Registry(tmp_path / "s", use_cache=False)
    registry["f"] = tmp_path / "file"
    registry.close()
    assert registry["f"].read_text() == "x"
    registry.close()
    assert list((tmp_path / "temporary").rglob("file")) == []
    assert registry["f"].read_text() == "x"
    del registry
    gc.collect()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_registry_closed_while_it_lays_out_files_disturbs_no_load(tmp_path: Path) -> None:
    """Closed at every step that the load reports."""
    (tmp_path / "d").mkdir()
    for i in range(3):
        (tmp_path / "d" / f"{i}").write_text(str(i))
    registry = Registry(tmp_path / "s", use_cache=False)
    registry["d"] = tmp_path / "d"
    closed = []

    def close(done: int, total: int | None) -> None:
        registry.close()
        closed.append(done)

    laid = registry.load("d", progress=close)
    assert closed
    assert sorted(path.read_text() for path in laid.iterdir()) == ["0", "1", "2"]


def test_a_cache_is_cleared_of_what_nobody_uses(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    registry = Registry(tmp_path / "s", cache_dir=tmp_path / "cache")
    registry.clear_cache()
    registry["f"] = tmp_path / "file"
    path = registry["f"]
    registry.clear_cache()
    assert path.read_text() == "x"
    registry.close()
    registry.clear_cache()
    assert not path.exists()
    assert registry["f"].read_text() == "x"
