"""Objects of the user's classes that a store lies of: what is made of which class, and of which files."""

from __future__ import annotations

import abc
import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest
from attacking import attacked

from casreg import Archiver, CasregError, Corrupt, Registry, Unsafe, Unsupported
from casreg.materializers import registered
from casreg.stores.memory import MemoryStore

T = TypeVar("T")


class Words(Archiver):
    """Makes an object of the words in a file, as archivers do."""

    made: Any = None

    def save(self, obj: Any) -> None:
        Path(self.uri, "words").write_text(json.dumps(obj))

    def load(self, data_type: type) -> Any:
        return data_type(json.loads(Path(self.uri, "words").read_text()))


class Point(abc.ABC, Generic[T], contextlib.ContextDecorator):
    def __init__(self, words: list[str]) -> None:
        self.words = words


WORDS = f"{__name__}.Words"


@pytest.fixture(autouse=True)
def _no_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registered, "_defaults", {})


def custom(*states: Any) -> dict[str, bytes]:
    objects = [{"$object": {"kind": "custom", "state": state}} for state in states]
    return {"value.json": json.dumps(objects, separators=(",", ":")).encode()}


def told(**changes: Any) -> dict[str, Any]:
    return {"class": "builtins.list", "materializer": WORDS, "files": "objects/0", **changes}


def test_what_is_told_truly_loads() -> None:
    store = MemoryStore()
    attacked(store, parts={**custom(told()), "objects/0/words": b'["a"]'}, kind="tree")
    assert Registry(store).load("evil") == [["a"]]


@pytest.mark.parametrize(
    ("states", "error"),
    [
        ([told(files="objects/1")], Corrupt),
        ([told(files="objects")], Corrupt),
        ([told(files="objects/0/..")], Corrupt),
        ([told(files=None)], Corrupt),
        ([told(), told()], Corrupt),
        ([None], Corrupt),
        ([told(materializer=None)], Corrupt),
        ([told(materializer="pathlib.Path")], Unsafe),
        ([told(materializer="never_imported_here.Keeper")], Unsafe),
        ([told(materializer="casreg.NoSuchArchiver")], Unsupported),
        ([told(**{"class": "subprocess.Popen"})], Unsafe),
        ([{**told(), "files": {"$bytes": "AAAA"}}], Corrupt),
    ],
    ids=str,
)
def test_what_is_told_falsely_is_refused(states: list[Any], error: type[CasregError]) -> None:
    store = MemoryStore()
    attacked(store, parts={**custom(*states), "objects/0/words": b'["false"]'}, kind="tree")
    with pytest.raises(error):
        Registry(store).load("evil")


def test_they_stand_neither_in_keys_nor_in_sets() -> None:
    lie = {"$object": {"kind": "custom", "state": told()}}
    for value in ({"$set": [lie]}, {"$dict": [[lie, 1]]}):
        store = MemoryStore()
        parts = {"value.json": json.dumps(value, separators=(",", ":")).encode(), "objects/0/words": b'"a"'}
        attacked(store, parts=parts, kind="tree")
        with pytest.raises(Corrupt):
            Registry(store).load("evil")


def named(cls: str, tmp_path: Path) -> Registry:
    """A version of which the store says that it is of a class."""
    store = MemoryStore()
    head = {"class": cls, "materializer": WORDS}
    words = json.dumps(["touch", str(tmp_path / "ran")]).encode()
    attacked(store, kind="custom", parts={"words": words}, head=lambda made: made.update(head))
    return Registry(store)


@pytest.mark.parametrize("cls", ["subprocess.Popen", "logging.FileHandler", "ctypes.CDLL", "io.FileIO"])
def test_a_reader_is_not_handed_a_class_that_runs_what_it_is_called_with(cls: str, tmp_path: Path) -> None:
    import ctypes  # so that all of them are imported
    import logging

    assert ctypes
    assert logging
    with pytest.raises(Unsafe, match=rf"{cls}.*register_default_materializer"):
        named(cls, tmp_path).load("evil")
    assert list(tmp_path.iterdir()) == []


class Running(subprocess.Popen[bytes]):
    pass


def test_nor_is_it_one_that_is_derived_from_such_a_class(tmp_path: Path) -> None:
    with pytest.raises(Unsafe, match=rf"{__name__}\.Running, a subprocess\.Popen, and to make one"):
        named(f"{__name__}.Running", tmp_path).load("evil")
    assert list(tmp_path.iterdir()) == []
    Registry.register_default_materializer(Running, Words)
    assert named(f"{__name__}.Running", tmp_path).load("evil").wait() == 0


def test_a_reader_is_handed_classes_of_values_and_of_programs(tmp_path: Path) -> None:
    assert named("builtins.list", tmp_path).load("evil") == ["touch", str(tmp_path / "ran")]
    assert named("collections.deque", tmp_path).load("evil").pop() == str(tmp_path / "ran")
    assert named(f"{__name__}.Point", tmp_path).load("evil").words[0] == "touch"


class Pickling(Archiver):
    """An archiver with a door of its own, shut by default."""

    def __init__(self, uri: str, allow_pickle: bool = False, **options: Any) -> None:
        super().__init__(uri)
        self.told = {"allow_pickle": allow_pickle, **options}

    def save(self, obj: Any) -> None:
        Path(self.uri, "told").write_text("")

    def load(self, data_type: type) -> Any:
        return self.told


def test_a_store_does_not_tell_an_archiver_what_to_trust(registry: Registry) -> None:
    told = {"allow_pickle": True, "trusted": ["os.system"], "allow_import": "*", "quality": 9}
    registry.save("x", Point([]), materializer=Pickling, init_params=told)
    assert registry.load("x") == {"allow_pickle": False, "quality": 9}
    assert registry.load("x", allow_pickle=True) == {"allow_pickle": True, "quality": 9}
    assert registry.load("x", init_params={"allow_pickle": True})["allow_pickle"]
    assert registry.load("x", trusted=["a"])["trusted"] == ["a"]


def test_a_caller_may_name_the_class_himself(tmp_path: Path) -> None:
    Registry.register_default_materializer(subprocess.Popen, Words)
    process = named("subprocess.Popen", tmp_path).load("evil")
    assert process.wait() == 0
    assert (tmp_path / "ran").exists()
