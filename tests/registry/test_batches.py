"""Lists of names: each item on its own, results in the order given."""

import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from casreg import BatchResult, Corrupt, InvalidInput, OnConflict, Registry, VerifyLevel
from casreg.config import MIB, Limits
from casreg.registry import batches


def test_a_batch_of_saves_gives_the_versions_in_the_order_given(registry: Registry) -> None:
    result = registry.save(["a", "b", "c"], [1, 2, 3], metadata=[{"i": 1}, None, {"i": 3}])
    assert isinstance(result, BatchResult)
    assert result.results == list(result) == ["1", "1", "1"]
    assert result.succeeded == [("a", "1"), ("b", "1"), ("c", "1")]
    assert (len(result), result[1], result[-1]) == (3, "1", "1")
    assert result.all_succeeded
    assert repr(result) == "<BatchResult 3 succeeded, 0 skipped, 0 failed>"
    assert (result.success_count, result.skipped_count, result.failure_count) == (3, 0, 0)
    assert (result.errors, result.skipped, result.failed, result.cleanup_needed) == ({}, [], [], {})
    assert result.cleanup_required_count == 0
    assert [registry.load(name) for name in "abc"] == [1, 2, 3]
    assert [registry.info(name, "1")["metadata"] for name in "abc"] == [{"i": 1}, {}, {"i": 3}]


def test_a_repeated_name_gets_consecutive_versions_in_the_order_given(registry: Registry) -> None:
    names = ["a", "b", "a", "a", "b", "a"] * 5
    result = registry.save(names, list(range(30)))
    counts = dict.fromkeys("ab", 0)
    for at, (name, version) in enumerate(zip(names, result, strict=True)):
        counts[name] += 1
        assert version == str(counts[name])
        assert registry.load(name, version) == at


def test_one_bad_item_fails_no_other_and_moves_no_version(registry: Registry) -> None:
    names: Any = ["a", "../x", "a", "a", 7, "b"]
    result = registry.save(names, [1, 2, object(), 4, 5, 6])
    assert result.results == ["1", None, None, "2", None, "1"]
    assert result.failed == [("../x", "pending"), ("a", "pending"), ("7", "pending")]
    assert not result.all_succeeded
    assert {key: error["error"] for key, error in result.errors.items()} == {
        ("../x", "pending"): "InvalidInput",
        ("a", "pending"): "InvalidInput",
        ("7", "pending"): "InvalidInput",
    }
    assert "object" in result.errors["a", "pending"]["message"]
    assert [registry.load("a@1"), registry.load("a@2"), registry.load("b")] == [1, 4, 6]
    with pytest.raises(InvalidInput, match="path") as raised:
        result.require_success()
    assert len(raised.value.__notes__) == 2


def test_what_is_there_is_skipped_in_a_batch(registry: Registry) -> None:
    registry.save("a", "old", version="1")
    result = registry.save(["a", "b"], ["new", "new"], version="1")
    assert result.results == [None, "1"]
    assert (result.skipped, result.succeeded, result.failed) == ([("a", "1")], [("b", "1")], [])
    assert result.all_succeeded
    assert registry.load("a@1") == "old"
    result.require_success()


def test_a_batch_overwrites_in_a_mutable_registry() -> None:
    registry = Registry("memory://", mutable=True)
    registry.save(["a", "b"], [1, 2])
    assert registry.save(["a", "b"], [3, 4]).results == ["1", "1"]
    assert registry.save(["a", "c"], 5, on_conflict=OnConflict.SKIP).skipped == [("a", "1")]
    assert [registry.load(name) for name in "abc"] == [3, 4, 5]


def test_what_is_no_list_is_for_every_item(registry: Registry) -> None:
    registry.save(["a", "b"], (1, 2), version="3.1", metadata={"lr": 0.1})
    assert [registry.load(f"{name}@3.1") for name in "ab"] == [(1, 2)] * 2
    assert [registry.info(f"{name}@3.1")["metadata"] for name in "ab"] == [{"lr": 0.1}] * 2
    assert registry.save([], []).results == []


def test_what_is_wrong_with_the_whole_batch_saves_nothing(registry: Registry) -> None:
    with pytest.raises(ValueError, match="obj= is a list of 1 for 2 names"):
        registry.save(["a", "b"], [1])
    with pytest.raises(ValueError, match="version= is a list of 3 for 2 names"):
        registry.save(["a", "b"], 1, version=["1", "2", "3"])
    with pytest.raises(ValueError, match="mutable"):
        registry.save(["a"], [1], on_conflict="overwrite")
    with pytest.raises(ValueError, match="version= is a list of 1 for 2 names"):
        registry.load(["a", "b"], ["1"])
    with pytest.raises(ValueError, match="into="):
        registry.load(["a"], into={})
    assert registry.list_objects() == []


def test_a_list_of_versions_for_one_name_is_refused(registry: Registry) -> None:
    versions: Any = ["1", "2"]
    for act in (registry.load, registry.delete, lambda name, v: registry.save(name, 1, version=v)):
        with pytest.raises(InvalidInput, match="a version is a string"):
            act("a", versions)


def test_latest_fails_the_item_that_asks_for_it(registry: Registry) -> None:
    result = registry.save(["a", "b"], 1, version=["latest", None])
    assert result.results == [None, "1"]
    assert result.errors["a", "latest"]["error"] == "InvalidInput"


def test_a_batch_of_loads_gives_objects_in_order_and_tells_what_is_not_there(registry: Registry) -> None:
    registry.save(["a", "a", "b", "n"], [1, 2, 3, None])
    result = registry.load(["b", "a@1", "nope", "a", "n", "a@9"])
    assert result.results == [3, 1, None, 2, None, None]
    assert result.succeeded == [("b", "1"), ("a", "1"), ("a", "2"), ("n", "1")]
    assert result.failed == [("nope", "latest"), ("a", "9")]
    assert {error["error"] for error in result.errors.values()} == {"RegistryObjectNotFound"}
    assert registry.load(["a", "b"], [None, "1"]).results == [2, 3]
    assert registry.load(["a", "a"], ["1", "2"], verify=VerifyLevel.FULL).results == [1, 2]


def test_damage_in_a_batch_is_told_as_damage(on_disk: Registry) -> None:
    saved = on_disk.save(["a", "b"], [np.random.default_rng(i).random(100_000) for i in range(2)])
    packs = [on_disk.open(name).packs[0].sha256.key for name in "ab"]
    path = Path(on_disk.backend.url.removeprefix("file://")) / packs[0]
    path.chmod(0o644)
    path.write_bytes(b"\0" * path.stat().st_size)
    result = on_disk.load(["a", "b"])
    assert saved.all_succeeded
    assert result.failed == [("a", "1")]
    assert result.errors["a", "1"]["error"] == "Corrupt"
    assert isinstance(result.exceptions[0], Corrupt)
    assert len(result[1]) == 100_000


def test_files_of_a_batch_lie_below_the_output_directory(registry: Registry, tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(name)
    registry.save(["a", "b"], [tmp_path / "one.txt", tmp_path / "two.txt"])
    result = registry.load(["a", "b"], output_dir=tmp_path / "out")
    assert result.results == [tmp_path / "out/a@1/one.txt", tmp_path / "out/b@1/two.txt"]
    assert result[1].read_text() == "two.txt"


def test_a_batch_of_deletes_tells_which_names_were_not_there(registry: Registry) -> None:
    registry.save(["a", "a", "b", "c"], 1)
    result = registry.delete(["a@1", "nope", "b", "c"], [None, None, None, "7"])
    assert result.results == [True, None, True, True]
    assert result.succeeded == [("a", "1"), ("b", "all"), ("c", "7")]
    assert result.failed == [("nope", "all")]
    assert result.errors["nope", "all"]["error"] == "RegistryObjectNotFound"
    assert registry.list_objects_and_versions() == {"a": ["2"], "c": ["1"]}
    assert registry.delete(["a"], "latest").failed == [("a", "latest")]


def test_progress_of_a_batch_is_of_all_items_together(registry: Registry, noise: Any) -> None:
    told: list[int] = []
    objects = [noise(1 << 20, seed) for seed in range(6)]
    registry.save(list("abcdef"), objects, progress=lambda done, total: told.append(done))
    assert told == sorted(told)
    assert told[-1] == 6 << 20


def test_what_failed_holds_none_of_what_it_was_busy_with(registry: Registry) -> None:
    class Held:
        pass

    gone: list[weakref.ref[Held]] = []

    def act(name: str, **item: Any) -> str:
        held = Held()
        gone.append(weakref.ref(held))
        raise ValueError("no")

    result = batches.save(["a"], batches.spread(["a"], version=None), act, workers=1)
    assert gone[0]() is None
    with pytest.raises(ValueError, match="no") as raised:
        result.require_success()
    assert any(entry.name == "act" for entry in raised.traceback)


def test_items_are_under_way_at_once() -> None:
    both = threading.Barrier(2, timeout=60)

    def act(name: str, **item: Any) -> str:
        both.wait()
        return name

    result = batches.save(["a", "b"], batches.spread(["a", "b"], version=None), act, workers=2)
    assert result.results == ["a", "b"]


@pytest.mark.parametrize("memory", [64, 127, 256, 512, 4096])
def test_a_batch_takes_no_more_memory_than_one_save_may(memory: int) -> None:
    limits = Limits(memory=memory * MIB)
    count, each = limits.split(30)
    assert count * each.memory <= limits.memory
    assert limits.split(1)[0] == 1
    assert 1 <= count <= 8
