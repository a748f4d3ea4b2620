"""The Registry as people use dicts."""

from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from casreg import BatchResult, Corrupt, InvalidInput, Registry, RegistryVersionConflict

MUTATING_NOTHING = [
    "nope",
    "a@9",
    "a@sha256:" + "0" * 64,
    "a@1.0-rc1",
    "",
    "a@",
    "../x",
    "a@1@2",
    7,
    None,
    (),
]


def test_assigning_saves_the_next_version_and_reading_gives_the_latest(registry: Registry) -> None:
    registry["a"] = 1
    registry["a"] = 2
    registry["b"] = None
    assert registry["a"] == registry["a@latest"] == registry["a@2"] == 2
    assert registry["a@1"] == 1
    assert registry["b"] is None
    assert list(registry) == registry.keys() == ["a", "b"]
    assert registry.values() == [2, None]
    assert dict(registry.items()) == {"a": 2, "b": None}
    assert len(registry) == 2
    assert registry[f"a@{registry.open('a@1').digest}"] == 1


def test_assigning_to_a_version_saves_that_version(registry: Registry) -> None:
    registry["a@1.2"] = "x"
    assert registry.list_versions("a") == ["1.2"]
    with pytest.raises(RegistryVersionConflict):
        registry["a@1.2"] = "y"
    for key in ("a@latest", "a@prod", "a@sha256:" + "0" * 64, "a@", "", 7):
        with pytest.raises(InvalidInput):
            registry[key] = 1  # type: ignore[index]
    assert registry.list_objects_and_versions() == {"a": ["1.2"]}
    assert registry["a"] == "x"


@pytest.mark.parametrize("key", MUTATING_NOTHING)
def test_what_is_not_there_and_what_can_be_no_key_is_a_key_error(registry: Registry, key: Any) -> None:
    registry["a"] = 1
    with pytest.raises(KeyError):
        registry[key]
    with pytest.raises(KeyError):
        del registry[key]
    with pytest.raises(KeyError):
        registry.pop(key)
    assert key not in registry
    assert registry.get(key) is None
    assert registry.get(key, 3) == 3
    assert registry.pop(key, 3) == 3
    assert registry.pop(key, None) is None
    assert registry.list_objects_and_versions() == {"a": ["1"]}


def test_deleting_a_name_deletes_all_versions_and_a_key_with_one_that_one(registry: Registry) -> None:
    registry.save(["a", "a", "a", "b"], 1)
    del registry["a@2"]
    assert registry.list_versions("a") == ["1", "3"]
    with pytest.raises(InvalidInput, match="latest"):
        del registry["a@latest"]
    del registry["a"]
    assert "a" not in registry
    assert "b" in registry
    assert "b@1" in registry
    assert "b@2" not in registry


def test_popping_a_name_takes_its_latest_version(registry: Registry) -> None:
    registry.save(["a", "a", "a"], [1, 2, 3])
    assert registry.pop("a") == 3
    assert registry.pop("a@1") == 1
    assert registry.list_versions("a") == ["2"]
    assert registry.pop("a", None) == 2
    assert registry.pop("a", "none left") == "none left"


def test_setdefault_saves_what_is_not_there(registry: Registry) -> None:
    assert registry.setdefault("a", 1) == 1
    assert registry.setdefault("a", 2) == 1
    assert registry.setdefault("a@5", 5) == 5
    assert registry.setdefault("a") == 5
    assert registry.setdefault("b") is None
    assert registry.list_objects_and_versions() == {"a": ["1", "5"]}
    with pytest.raises(InvalidInput):
        registry.setdefault("../x", 1)


def test_setdefault_refuses_to_save_what_is_no_version(registry: Registry) -> None:
    for key in ("a@", "a@prod", "a@1@2"):
        with pytest.raises(InvalidInput):
            registry.setdefault(key, 1)
    assert registry.list_objects() == []
    registry["a"] = 1
    with pytest.raises(InvalidInput):
        registry.setdefault("a@", 2)


@pytest.mark.parametrize("key", ["a@prod", "a@", "a@1@2", "a@1.0-rc1", "a@sha256:" + "0" * 64])
def test_setdefault_of_an_unversioned_store_finds_what_is_in_the_place_of_its_default(key: str) -> None:
    registry = Registry("memory://")
    assert registry.setdefault(key, 1) == 1
    assert registry.setdefault(key, 2) == registry["a"] == 1


def test_a_list_of_keys_is_a_batch(registry: Registry) -> None:
    registry[["a", "b@7", "a"]] = [1, 2, 3]
    assert registry.list_objects_and_versions() == {"a": ["1", "2"], "b": ["7"]}
    result = registry[["b", "a@1", "nope"]]
    assert isinstance(result, BatchResult)
    assert result.results == [2, 1, None]
    assert registry.get(["a"]).results == [3]
    assert ["a", "b@7"] in registry
    assert ["a", "nope"] not in registry
    registry[["c", "d"]] = "both"
    del registry[["a@1", "c"]]
    assert registry.list_objects_and_versions() == {"a": ["2"], "b": ["7"], "d": ["1"]}


def test_a_batch_without_a_result_raises_what_failed_once_the_rest_is_done(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="object"):
        registry[["a", "b", "c"]] = [1, object(), 3]
    assert registry.keys() == ["a", "c"]
    with pytest.raises(KeyError):
        del registry[["a", "nope", "c"]]
    assert registry.keys() == []


def test_a_registry_is_no_mutable_mapping_and_has_no_value_to_compare(registry: Registry) -> None:
    assert not isinstance(registry, MutableMapping)
    assert registry != {}
    assert {registry: 1}[registry] == 1


@pytest.fixture
def damaged(on_disk: Registry) -> Registry:
    on_disk["a"] = np.random.default_rng(0).random(100_000)
    path = Path(on_disk.backend.url.removeprefix("file://")) / on_disk.open("a").packs[0].sha256.key
    path.chmod(0o644)
    path.write_bytes(b"\0" * path.stat().st_size)
    return on_disk


def test_damage_is_never_a_key_error_nor_a_default(damaged: Registry) -> None:
    for act in (
        lambda: damaged["a"],
        lambda: damaged.get("a", 1),
        lambda: damaged.pop("a", 1),
        lambda: damaged.setdefault("a", 1),
        damaged.values,
        damaged.items,
    ):
        with pytest.raises(Corrupt) as raised:
            act()
        assert not isinstance(raised.value, KeyError)
    assert damaged.list_objects_and_versions() == {"a": ["1"]}


def test_a_pack_that_is_gone_is_damage_too(damaged: Registry) -> None:
    damaged.backend.remove(damaged.open("a").packs[0].sha256.key)
    with pytest.raises(Corrupt):
        damaged.get("a", 1)


def test_each_version_is_popped_once_however_many_pop(registry: Registry) -> None:
    registry.save(["a"] * 24, list(range(24)))
    with ThreadPoolExecutor(8) as pool:
        popped = list(pool.map(lambda _: registry.pop("a", None), range(30)))
    assert sorted(p for p in popped if p is not None) == list(range(24))
    assert popped.count(None) == 6


@pytest.mark.parametrize("versioned", [True, False])
def test_of_many_defaults_one_is_saved_and_all_get_it(versioned: bool) -> None:
    registry = Registry("memory://", version_objects=versioned, mutable=not versioned)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda i: registry.setdefault("a", i), range(1, 17)))
    assert len(set(got)) == 1
    assert registry.list_versions("a") == ["1"]
    assert registry["a"] == got[0]
