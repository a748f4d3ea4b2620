"""Versions of a fixed width, and stores that keep one version."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from casreg import InvalidInput, Registry
from casreg.checkpoint import Saver


@pytest.fixture
def three() -> Registry:
    return Registry("memory://", version_objects=True, version_digits=3)


def test_versions_are_filled_up_where_they_are_written_and_where_they_are_read(three: Registry) -> None:
    assert [three.save("a", i) for i in range(2)] == ["1.0.0", "1.0.1"]
    assert three.save("a", 2, version="2") == "2.0.0"
    assert three.save("a", 3, version="v2.1") == "2.1.0"
    assert three.save("a", 4) == "2.1.1"
    assert three.list_versions("a") == ["1.0.0", "1.0.1", "2.0.0", "2.1.0", "2.1.1"]
    assert three.load("a", "1") == three["a@1.0"] == three["a@1.0.0"] == 0
    assert three.has_object("a", "2")
    assert "a@2.1" in three
    assert three.info("a", "2")["version"] == "2.0.0"
    assert three.setdefault("b", 1) == 1
    assert three.list_versions("b") == ["1.0.0"]
    assert three.pop("a@2") == 2
    three.delete("a", "2.1")
    del three["a@1"]
    assert three.list_versions("a") == ["1.0.1", "2.1.1"]


def test_a_base_is_named_by_as_many_parts_as_one_likes(three: Registry, noise: Callable[..., bytes]) -> None:
    three["old"] = noise(200_000)
    assert three.save("new", noise(200_000), base="old@1").base == "old@1.0.0"


def test_a_saver_needs_versions_that_are_steps(three: Registry) -> None:
    with pytest.raises(InvalidInput, match="have 3 parts"):
        Saver(three, "run")
    Saver(Registry("memory://", version_objects=True, version_digits=1), "run").close()


def test_more_parts_than_the_store_has_are_refused(three: Registry) -> None:
    three["a"] = 1
    for act in (lambda: three.save("a", 1, version="1.2.3.4"), lambda: three.load("a@1.0.0.0")):
        with pytest.raises(InvalidInput, match="has 4 parts, in this store versions have 3"):
            act()
    assert not three.has_object("a", "1.0.0.0")
    assert "a@1.0.0.0" not in three


def test_the_width_is_the_stores(tmp_path: Path) -> None:
    Registry(tmp_path / "s", version_objects=True, version_digits=2).close()
    assert Registry(tmp_path / "s").version_digits == 2
    assert Registry(tmp_path / "s").save("a", 1) == "1.0"
    with pytest.raises(ValueError, match="version_digits=3 was given"):
        Registry(tmp_path / "s", version_digits=3)
    assert Registry("memory://").version_digits is None


@pytest.mark.parametrize("digits", [0, 9, -1, 1.5, "3", True])
def test_a_width_that_is_none_makes_no_store(tmp_path: Path, digits: Any) -> None:
    with pytest.raises(InvalidInput, match="version_digits="):
        Registry(tmp_path / "s", version_digits=digits)
    assert not (tmp_path / "s").exists()


def test_copies_are_filled_up_likewise(three: Registry) -> None:
    source = Registry("memory://", version_objects=True)
    source.save("a", 1, version="4")
    assert three.download(source, "a") == "4.0.0"
    assert three.download(source, "a", target_version="4.1") == "4.1.0"
    assert three.open("a@4").digest == source.open("a").digest


def test_an_unversioned_store_reads_its_one_version_by_any_number() -> None:
    registry = Registry("memory://")
    registry.save("a", 1, version="7.2")
    assert registry.load("a", "7.2") == registry["a@3"] == registry["a@1"] == 1
    assert registry.has_object("a", "7.2")
    assert registry.info("a", "9")["version"] == "1"
    assert registry.setdefault("a@5", 2) == 1


@pytest.mark.parametrize("version", ["latest", "1.0-rc1", "", None])
def test_an_unversioned_store_saves_as_its_one_version_whatever_is_given(version: str | None) -> None:
    registry = Registry("memory://", mutable=True)
    assert registry.save("a", 1, version=version) == "1"
    registry["a@latest"] = 2
    assert registry["a"] == 2
    assert registry.save(["a", "b"], 3, version=["latest", version]).results == ["1", "1"]


def test_an_unversioned_store_deletes_the_version_that_is_named_and_no_other() -> None:
    registry = Registry("memory://")
    registry["a"] = 1
    registry.delete("a", "7")
    with pytest.raises(KeyError):
        del registry["a@7"]
    assert registry["a"] == 1
    registry.delete("a", "1")
    assert "a" not in registry
