"""The values of a tree by name, out of its JSON alone."""

from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
import pytest

from casreg import Registry
from casreg.materializers import tree
from casreg.materializers.tree import flat
from casreg.materializers.tree.places import VALUE


class Colour(Enum):
    RED = 1


@dataclass
class Config:
    lr: float


class Point(NamedTuple):
    x: int


def named(registry: Registry, value: Any) -> dict[str, Any]:
    with registry.open("m", registry.save("m", value)) as version:
        return dict(flat.values(tree.parse(version.read(VALUE))))


def test_containers_are_gone_into(registry: Registry) -> None:
    value = {
        "list": [1, (2, None)],
        "ordered": OrderedDict(a=1),
        "counter": Counter("aab"),
        "default": defaultdict(list, {"k": [7]}),
        "deque": deque([5], 3),
        "keys": {1: "one", (2, 3): "pair"},
        "config": Config(0.5),
        "point": Point(4),
        "empty": [{}, ()],
    }
    found = named(registry, value)
    classes = {name: found.pop(f"{name}.__class__") for name in ("config", "point")}
    assert classes["config"].endswith(":Config")
    assert found == {
        "list.0": 1,
        "list.1.0": 2,
        "list.1.1": None,
        "ordered.a": 1,
        "counter.a": 2,
        "counter.b": 1,
        "default.k.0": 7,
        "deque.0": 5,
        "keys.1": "one",
        'keys.{"$tuple":[2,3]}': "pair",
        "config.lr": 0.5,
        "point.x": 4,
        "empty.0": {},
        "empty.1": {"$tuple": []},
    }


def test_values_without_a_word_come_as_they_are_kept_and_arrays_do_not(registry: Registry) -> None:
    found = named(registry, {"day": date(2024, 2, 29), "c": Colour.RED, "w": np.ones(3), "s": {1}})
    assert found["day"] == {"$date": "2024-02-29"}
    assert list(found) == ["day", "c", "s"]


@pytest.mark.parametrize("broken", [{"$tuple": 3}, {"$dict": [1]}, {"$model": {"fields": 1}}, {"$deque": {}}])
def test_what_is_not_as_the_format_says_is_one_value(broken: Any) -> None:
    assert list(flat.values({"a": broken})) == [("a", broken)]


def test_a_tree_that_is_too_deep_says_so() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        list(flat.values(deep))
    while isinstance(deep, list):  # taken apart here: Python's own way down is as deep
        deep = deep[0]
