"""What is measured, step by step; by a Registry as users have it, made once and kept."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np

Make = Callable[[str], Any]
"""A new Registry in a folder of that name, where the task may work."""


class Task(Protocol):
    """Its other methods are steps; ``check`` may be called when all were."""

    note: str

    def check(self) -> None: ...


class Small:
    """Values of a few bytes, a name for each; by ``threads`` that share the Registry."""

    note = ""

    def __init__(self, make: Make, folder: Path, count: int, threads: int, kind: str) -> None:
        self.registry = make("store")
        self.values = {f"run:{number}": _VALUES[kind](number) for number in range(count)}
        self.loaded: list[Any] = []
        self.map: Callable[..., Iterable[Any]] = map
        if threads > 1:
            self.map = ThreadPoolExecutor(threads).map

    def save(self) -> None:
        list(self.map(self.registry.save, self.values, self.values.values()))

    def load(self) -> None:
        self.loaded = list(self.map(self.registry.load, self.values))

    def check(self) -> None:
        assert self.loaded == list(self.values.values())


class Batch:
    """The same values in one call."""

    note = ""

    def __init__(self, make: Make, folder: Path, count: int) -> None:
        self.registry = make("store")
        self.names = [f"run:{number}" for number in range(count)]
        self.values = [config(number) for number in range(count)]
        self.loaded: list[Any] = []

    def save(self) -> None:
        self.registry.save(self.names, self.values)

    def load(self) -> None:
        self.loaded = list(self.registry.load(self.names))

    def check(self) -> None:
        assert self.loaded == self.values


class Arrays:
    """A dict of arrays, as float32 weights are; each under a name of its own where the Registry has no way
    to keep a dict of them."""

    def __init__(self, make: Make, folder: Path, count: int, size: int) -> None:
        generator = np.random.Generator(np.random.SFC64(0))
        numbers = size // 4
        self.arrays = {
            f"layer{n}": generator.standard_normal(numbers, dtype=np.float32) * np.float32(0.02)
            for n in range(count)
        }
        self.loaded: Mapping[str, Any] = {}
        why = _why_no_dict_of_arrays(make("trial"))
        self.together = not why
        self.note = f"each array by itself: saved and loaded in a dict: {why}" if why else ""
        self.registry = make("store")

    def save(self) -> None:
        if self.together:
            self.registry.save("weights", self.arrays)
            return
        for name, array in self.arrays.items():
            self.registry.save(name, array)

    def load(self) -> None:
        if self.together:
            self.loaded = self.registry.load("weights")
        else:
            self.loaded = {name: self.registry.load(name) for name in self.arrays}

    def check(self) -> None:
        assert _equal(self.loaded, self.arrays)


class Directory:
    """Files in a directory, loaded into one."""

    note = ""

    def __init__(self, make: Make, folder: Path, source: str) -> None:
        self.registry, self.source, self.target = make("store"), Path(source), folder / "out"
        self.target.mkdir()
        self.loaded = self.target

    def save(self) -> None:
        self.registry.save("files", self.source)

    def load(self) -> None:
        self.loaded = Path(self.registry.load("files", output_dir=str(self.target)))

    def check(self) -> None:
        names = _files(self.source)
        assert _files(self.loaded) == names
        _, different, unreadable = filecmp.cmpfiles(self.source, self.loaded, names, shallow=False)
        assert not different
        assert not unreadable


class Info:
    """A name of many versions, which are there before."""

    note = ""

    def __init__(self, make: Make, folder: Path, versions: int) -> None:
        self.registry, self.versions = make("store"), versions
        for number in range(versions):
            self.registry.save("model", config(number), metadata={"step": number})
        self.told: dict[str, dict[str, Any]] = {}

    def info(self) -> None:
        self.told = self.registry.info()

    def check(self) -> None:
        steps = [facts["metadata"]["step"] for facts in self.told["model"].values()]
        assert sorted(steps) == list(range(self.versions))


class Churn:
    """Names with many versions each: saved, listed, the latest loaded, deleted."""

    note = ""

    def __init__(self, make: Make, folder: Path, names: int, versions: int) -> None:
        self.registry, self.versions = make("store"), versions
        self.names = [f"model:{number}" for number in range(names)]
        self.listed: dict[str, list[str]] = {}
        self.loaded: list[Any] = []

    def save(self) -> None:
        for number in range(self.versions):
            for name in self.names:
                self.registry.save(name, config(number))

    def list(self) -> None:
        self.listed = self.registry.list_objects_and_versions()

    def load(self) -> None:
        self.loaded = [self.registry.load(name) for name in self.names]

    def delete(self) -> None:
        for name in self.names:
            self.registry.delete(name)

    def check(self) -> None:
        assert {name: len(found) for name, found in self.listed.items()} == dict.fromkeys(
            self.names, self.versions
        )
        assert self.loaded == [config(self.versions - 1)] * len(self.names)
        assert not self.registry.list_objects()


TASKS: dict[str, Callable[..., Task]] = {
    "small": Small,
    "batch": Batch,
    "arrays": Arrays,
    "directory": Directory,
    "info": Info,
    "churn": Churn,
}


def config(number: int) -> dict[str, Any]:
    return {"name": f"run {number}", "rate": number * 1e-3, "steps": number, "tags": ["a", "b"]}


_VALUES: dict[str, Callable[[int], Any]] = {"dict": config, "string": lambda n: f"notes on run {n}: none"}


def _why_no_dict_of_arrays(registry: Any) -> str:
    """What a small one fails with; empty if it comes back equal."""
    small = {"a": np.arange(3, dtype=np.float32), "b": np.zeros(2, dtype=np.float32)}
    try:
        registry.save("trial", small)
        loaded = registry.load("trial")
    except Exception as error:  # noqa: BLE001 - told, whatever it is
        return f"{type(error).__name__}: {str(error)[:60]}..."
    return "" if _equal(loaded, small) else "something else came back"


def _equal(loaded: Any, arrays: Mapping[str, Any]) -> bool:
    return list(loaded) == list(arrays) and all(
        np.array_equal(loaded[name], array) for name, array in arrays.items()
    )


def _files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
