"""Pickles: only for who asks for them, when saving and when loading."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from casreg import InvalidInput, Registry, Unsafe, Unsupported


class Thing:
    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Runs:
    """Leaves a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


class Breaks:
    def __reduce__(self) -> Any:
        raise ZeroDivisionError("not me")


class Gone:
    def __reduce__(self) -> Any:
        return float, ("no number",)


def test_what_nothing_keeps_is_refused_and_told_how(registry: Registry) -> None:
    for obj in (Thing(), {"a": [Thing()]}, len):
        with pytest.raises(InvalidInput, match="allow_pickle=True"):
            registry.save("a", obj)
    assert registry.list_objects() == []


def test_what_is_pickled_loads_only_if_it_is_allowed(registry: Registry, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    registry.save("a", {"thing": Runs(trap)}, allow_pickle=True)
    with pytest.raises(Unsafe, match=r"pickled.*allow_pickle=True"):
        registry.load("a")
    with pytest.raises(Unsafe):
        Registry(registry.backend, allow_pickle=True).load("a", allow_pickle=False)
    assert not trap.exists()
    registry.load("a", allow_pickle=True)
    assert trap.exists()


def test_a_registry_allows_for_all_calls(registry: Registry) -> None:
    allowing = Registry(registry.backend, allow_pickle=True)
    allowing.save("a", Thing(x=1))
    assert allowing.load("a").x == 1
    with pytest.raises(InvalidInput):
        allowing.save("a", Thing(x=1), allow_pickle=False)


def test_only_what_must_be_is_pickled(registry: Registry) -> None:
    weights, big = np.arange(1000.0), np.arange(50_000, dtype=np.float32)
    registry.save("a", {"thing": Thing(big=big), "w": weights, "n": (1, 2)}, allow_pickle=True)
    assert registry.load("a", only="w")["w"].tolist() == weights.tolist()
    loaded = registry.load("a", allow_pickle=True)
    assert np.array_equal(loaded["thing"].big, big)
    assert loaded["thing"].big.flags.writeable
    assert loaded["n"] == (1, 2)


def test_arrays_in_what_is_pickled_are_stored_once(registry: Registry, noise: Any) -> None:
    data = np.frombuffer(noise(2_000_000), np.float32)
    registry.save("a", Thing(data=data, step=1), allow_pickle=True)
    assert registry.save("a", Thing(data=data, step=2), allow_pickle=True).stored < 20_000


def test_objects_in_arrays_and_odd_keys_are_pickled_with_what_holds_them(registry: Registry) -> None:
    array = np.array([1, "x", None, {2}], dtype=object)
    with pytest.raises(InvalidInput, match="Python objects"):
        registry.save("a", array)
    key = frozenset({Thing})
    for obj in (array, {"a": array}, {"w": np.ones(3), "d": {key: np.zeros(2)}}):
        registry.save("a", obj, allow_pickle=True)
        loaded = registry.load("a", allow_pickle=True)
        if obj is array:
            assert loaded.tolist() == array.tolist()
        elif "a" in obj:
            assert loaded["a"].tolist() == array.tolist()
        else:
            assert loaded["d"][key].tolist() == [0, 0]


def test_empty_and_read_only_buffers_come_back(registry: Registry) -> None:
    fixed = np.arange(5)
    fixed.flags.writeable = False
    thing = Thing(
        empty=np.empty((0, 3)), fixed=fixed, strided=np.arange(10)[::2], half=np.ones(3, np.float16)
    )
    registry.save("a", thing, allow_pickle=True)
    loaded = registry.load("a", allow_pickle=True)
    for name, array in vars(thing).items():
        found = getattr(loaded, name)
        assert (found.dtype, found.shape, found.tolist()) == (array.dtype, array.shape, array.tolist())
    assert not loaded.fixed.flags.writeable


def test_what_cannot_be_pickled_or_unpickled_is_told(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"at a: a .*Breaks cannot be pickled: not me"):
        registry.save("a", {"a": Breaks()}, allow_pickle=True)
    registry.save("a", Gone(), allow_pickle=True)
    with pytest.raises(Unsupported, match="no number"):
        registry.load("a", allow_pickle=True)
