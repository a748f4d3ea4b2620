"""update, from mappings and from other registries, and clear."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from casreg import InvalidInput, ReadOnly, Registry, RegistryVersionConflict, TargetExists
from casreg.models.store import Settings
from casreg.registry import settings
from casreg.stores.memory import MemoryStore
from casreg.testing import Fault, FaultyStore

NOISE = np.random.default_rng(0).random(50_000)


def other() -> Registry:
    made = Registry("memory://", version_objects=True)
    made["a"] = {"w": NOISE}
    made["a"] = {"w": NOISE + 1}
    made["a@7.1"] = "third"
    made["team/b"] = [1]
    return made


def test_a_mapping_is_saved_key_by_key(registry: Registry) -> None:
    registry.update({"a": 1, "b@3": 2})
    registry.update({"a": 3})
    assert registry.list_objects_and_versions() == {"a": ["1", "2"], "b": ["3"]}
    for rubbish in ([("a", 1)], None, 3):
        with pytest.raises(InvalidInput, match="a mapping or a Registry"):
            registry.update(rubbish)  # type: ignore[arg-type]


def test_what_has_items_as_a_mapping_has_is_saved_likewise(registry: Registry) -> None:
    class Configuration:
        def items(self) -> list[tuple[str, int]]:
            return [("a", 1), ("b", 2)]

    registry.update(Configuration())  # type: ignore[arg-type]
    assert registry.items() == [("a", 1), ("b", 2)]


def test_what_is_no_registry_is_not_downloaded_from(registry: Registry) -> None:
    for rubbish in ({"a": 1}, "elsewhere", None):
        with pytest.raises(InvalidInput, match="download takes a Registry, not"):
            registry.download(rubbish, "a")  # type: ignore[arg-type]


def test_another_registry_is_copied_with_its_numbers_and_digests(registry: Registry) -> None:
    source = other()
    registry["own"] = 1
    done: list[int] = []
    registry.update(source, progress=lambda count, _: done.append(count))
    assert registry.list_objects_and_versions() == {
        **source.list_objects_and_versions(),
        "own": ["1"],
    }
    for name, versions in source.list_objects_and_versions().items():
        for version in versions:
            assert registry.open(name, version).digest == source.open(name, version).digest
            assert registry.info(name, version)["hash"] == source.info(name, version)["hash"]
    assert (registry["a@2"]["w"] == NOISE + 1).all()
    assert done


def test_the_latest_alone_keeps_its_number(registry: Registry) -> None:
    registry.update(other(), sync_all_versions=False)
    assert registry.list_objects_and_versions() == {"a": ["7.1"], "team/b": ["1"]}


@pytest.mark.parametrize("versioned", [True, False])
def test_the_latest_are_copied_again_and_again_and_nothing_is_overwritten(versioned: bool) -> None:
    source, target = other(), Registry("memory://", version_objects=versioned, mutable=True)
    for name in "cde":
        target.update(source, sync_all_versions=False)
        source[name] = name
    assert list(target) == ["a", "c", "d", "team/b"]
    assert target["a"] == "third"
    target.save("c", "mine", version="1")
    with pytest.raises(TargetExists, match="c@1 is there already: nothing was copied"):
        target.update(source, sync_all_versions=False)
    assert target["c"] == "mine"
    assert "e" not in target


def test_nothing_is_copied_if_one_version_is_there(registry: Registry) -> None:
    registry["team/b"] = "mine"
    with pytest.raises(ValueError, match="team/b@1 is there already: nothing was copied") as raised:
        registry.update(other())
    assert isinstance(raised.value, RegistryVersionConflict)
    assert registry.list_objects_and_versions() == {"team/b": ["1"]}
    assert registry["team/b"] == "mine"


def test_a_download_onto_a_version_that_is_there_is_a_value_error(registry: Registry) -> None:
    registry["a@1"] = "mine"
    with pytest.raises(ValueError, match="a@1 is there already"):
        registry.download(other(), "a@1")
    assert registry["a"] == "mine"


@pytest.mark.parametrize("empty", [{"target_name": ""}, {"target_version": ""}], ids=str)
def test_a_download_to_an_empty_name_or_version_is_refused(registry: Registry, empty: Any) -> None:
    with pytest.raises(InvalidInput):
        registry.download(other(), "a", **empty)
    assert registry.list_objects() == []


def test_an_unversioned_registry_takes_one_version_of_each_name() -> None:
    target = Registry("memory://")
    with pytest.raises(InvalidInput, match="a has 3 versions"):
        target.update(other())
    assert len(target) == 0
    target.update(other(), sync_all_versions=False)
    assert target.list_objects_and_versions() == {"a": ["1"], "team/b": ["1"]}
    assert target["a"] == "third"


def test_versions_that_would_become_one_are_refused() -> None:
    source = Registry("memory://", version_objects=True)
    source.save(["a", "a"], [1, 2], version=["1", "1.0"])
    with pytest.raises(TargetExists, match=r"a@1\.0\.0"):
        Registry("memory://", version_objects=True, version_digits=3).update(source)


def test_clear_deletes_everything_and_keeps_what_the_store_was_told(tmp_path: Path) -> None:
    with Registry(tmp_path / "s", version_objects=True, mutable=True, version_digits=2) as registry:
        registry.save(["a", "a", "b"], [1, 2, NOISE])
        registry.clear()
        registry.clear()
        assert len(registry) == 0
        assert registry.save("a", 3) == "1.0"
    with Registry(tmp_path / "s") as registry:
        assert (registry.version_objects, registry.mutable, registry.version_digits) == (True, True, 2)


def test_clearing_what_the_store_was_told_makes_its_settings_those_of_a_new_one(tmp_path: Path) -> None:
    with Registry(tmp_path / "s", version_objects=True, mutable=True) as registry:
        registry["a"] = 1
        registry.clear(clear_registry_metadata=True)
        registry.clear(clear_registry_metadata=True)
        assert registry.settings == Settings()
        registry["a"] = 2
        with pytest.raises(RegistryVersionConflict):
            registry["a"] = 3
    with Registry(tmp_path / "s", version_objects=False, mutable=False) as registry:
        assert registry["a"] == 2
    assert [path.name for path in (tmp_path / "s/settings").iterdir()] == ["r8"]


def test_a_read_only_registry_clears_nothing(tmp_path: Path) -> None:
    Registry(tmp_path / "s").save("a", 1)
    with Registry(tmp_path / "s", read_only=True) as registry:
        for act in (registry.clear, lambda: registry.clear(True), lambda: registry.update({"b": 1})):
            with pytest.raises(ReadOnly):
                act()
        assert registry["a"] == 1


def longer(amount: float) -> Any:
    return lambda before: before.model_copy(update={"grace": before.grace + amount})


def test_no_change_of_settings_is_lost_however_many_change_them() -> None:
    store = MemoryStore()
    config = Registry(store)._opened.config
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: settings.change(store, config, longer(1.0)), range(20)))
    assert settings.current(store, config).grace == Settings().grace + 20
    assert sum(1 for _ in store.scan("settings/")) == 20


@pytest.mark.parametrize("when", ["lost", "unsent"])
def test_a_change_of_settings_whose_answer_is_lost_is_made_once(when: Any) -> None:
    inner = MemoryStore()
    config = Registry(inner)._opened.config
    store = FaultyStore(inner, [Fault(0, when, "create")])
    mutable = settings.change(store, config, lambda before: before.model_copy(update={"mutable": True}))
    assert mutable == settings.current(inner, config)
    assert sum(1 for _ in inner.scan("settings/")) == 1
