"""Whatever is refused is refused with what to give instead, at the top and where it is."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.cluster import Birch

from casreg import InvalidInput, Registry


class Name(str):
    __slots__ = ()


class Table(dict[str, Any]):
    pass


@dataclass
class Failure(Exception):
    code: int = 1


@dataclass
class Box:
    held: Any = 1


class Row(NamedTuple):
    a: int


class Tagged(Row):
    pass


class Gone:
    """As if it stood for something that is not there."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name}")


def odd(obj: Any, **attributes: Any) -> Any:
    vars(obj).update(attributes)
    return obj


def locked() -> Box:
    return Box(threading.Lock())


OTHERWISE = r"register_materializer\(\) a class that writes it.*allow_pickle=True"
REFUSED: list[tuple[Any, str]] = [
    (object(), OTHERWISE),
    (SimpleNamespace(a=1), OTHERWISE),
    (locked(), OTHERWISE),
    (Gone(), OTHERWISE),
    (Name("a"), rf"give str\(value\).*{OTHERWISE}"),
    (Table(a=1), rf"give dict\(value\).*{OTHERWISE}"),
    (np.ma.masked_array([1]), OTHERWISE),
    (Table, "Table is no value: give its name"),
    (Failure(), OTHERWISE),
    (odd(OrderedDict(a=1), more=2), r"give OrderedDict\(value\)"),
    (odd(Tagged(1), more=2), "give a dict, or a dataclass"),
    (odd(Box(), **{"\ud83d\ude00": 1}), "put what it is into a dict"),
    (pa.table({"a": [1]}).select([]), "give num_rows"),
    (Birch(), OTHERWISE),
    ({pd.Timestamp("2020"): 1}, "a pandas.*Timestamp is not kept there: give plain values"),
    ({frozenset([pd.NA])}, "is not kept there: give plain values"),
    (slice(np.arange(2), None), "does not keep arrays there: give tuples"),
]


@pytest.mark.parametrize(("obj", "told"), REFUSED, ids=lambda value: type(value).__name__)
def test_it_is_told_what_to_give_instead(registry: Registry, obj: Any, told: str) -> None:
    for value, place in ((obj, ""), ({"a": [obj]}, r"at (a key of |an element of )*a\.0")):
        with pytest.raises(InvalidInput, match=f"(?s){place}.*{told}"):
            registry.save("x", value)
    assert registry.list_objects() == []


def test_what_cannot_be_pickled_either_is_told_what_is_left(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"at held: .*leave it out, or register_materializer\(\)"):
        registry.save("x", locked(), allow_pickle=True)


def test_a_value_that_holds_itself_is_told_how_to_be_kept(registry: Registry) -> None:
    box = Box()
    box.held = [box]
    with pytest.raises(InvalidInput, match="or holds itself: give what is in it side by side"):
        registry.save("x", box)
