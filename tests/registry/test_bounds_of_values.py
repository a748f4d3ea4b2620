"""Values at the borders of what is kept: nested as deep as may be, and with bytes that mean nothing."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from pydantic import BaseModel

from casreg import InvalidInput, Registry


@dataclass(frozen=True)
class Link:
    next: Any


class Chain(BaseModel):
    next: Any


class Pair(NamedTuple):
    next: Any


WRAPPERS: list[Callable[[Any], Any]] = [
    lambda value: [value],
    lambda value: (value,),
    lambda value: {"key": value},
    lambda value: {1: value},
    lambda value: frozenset([value]),
    lambda value: OrderedDict(key=value),
    lambda value: defaultdict(list, key=value),
    lambda value: Counter({"key": value}),
    lambda value: deque([value]),
    Link,
    lambda value: Chain(next=value),
    Pair,
]


def nested(wrap: Callable[[Any], Any], depth: int) -> Any:
    value: Any = "innermost"
    for _ in range(depth):
        value = wrap(value)
    return value


def deeper(frames: int, call: Callable[[], Any]) -> Any:
    """What ``call`` gives, called from so many frames further down."""
    return deeper(frames - 1, call) if frames else call()


@pytest.mark.parametrize("wrap", WRAPPERS)
def test_what_is_nested_as_deep_as_may_be_loads_wherever_a_program_is(
    registry: Registry, wrap: Callable[[Any], Any]
) -> None:
    value = nested(wrap, 100)
    registry.save("deep", value)
    found = deeper(150, lambda: registry.load("deep"))
    assert repr(found) == repr(value)
    with pytest.raises(InvalidInput, match="nested more than 100 deep"):
        registry.save("deeper", wrap(value))


@pytest.mark.parametrize("pickles", [False, True])
def test_what_holds_itself_is_refused(registry: Registry, pickles: bool) -> None:
    itself: list[Any] = []
    itself.append(itself)
    with pytest.raises(InvalidInput, match="or holds itself"):
        registry.save("loop", {"x": itself}, allow_pickle=pickles)


ALIGNED = np.dtype([("flag", "u1"), ("score", "f8"), ("pair", "(2,)u2")], align=True)


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.5, -2, 3], np.longdouble),
        np.array([[1.5 + 2j], [3]], np.clongdouble),
        np.asfortranarray(np.arange(6, dtype=np.longdouble).reshape(2, 3)),
        np.array([1.5, 2], np.dtype(np.longdouble).newbyteorder()),
        np.array([(1, 0.5, (2, 3)), (0, 1.5, (4, 5))], ALIGNED),
        np.array([(7, [(1, 0.5, (2, 3))] * 2)], np.dtype([("n", "u1"), ("inner", ALIGNED, 2)], align=True)),
    ],
    ids=lambda array: str(array.dtype)[:20],
)
def test_equal_arrays_are_stored_alike_whatever_lies_between_their_numbers(
    registry: Registry, array: np.ndarray
) -> None:
    if array.dtype.char in "gG" and np.finfo(np.longdouble).nmant != 63:
        pytest.skip("a longdouble of this machine means all of its bytes")
    padded = np.ndarray(array.shape, array.dtype, bytearray(b"\xff" * array.nbytes), strides=array.strides)
    _assign(padded, array)
    assert padded.tobytes() != array.tobytes()
    assert registry.save("a", [array, array[0]]).content == registry.save("b", [padded, padded[0]]).content
    assert registry.save("c", array).content == registry.save("d", padded).content
    found = registry.load("d")
    assert found.dtype == array.dtype
    assert np.array_equal(found, array)


def _assign(padded: np.ndarray, array: np.ndarray) -> None:
    """The numbers and nothing else."""
    if array.dtype.names:
        for name in array.dtype.names:
            _assign(padded[name], array[name])
    elif array.dtype.char in "gG":
        size = np.dtype(np.longdouble).itemsize
        start = slice(None, 10) if array.dtype.isnative else slice(-10, None)
        into, out = (a.reshape(-1, order="A").view(np.uint8).reshape(-1, size) for a in (padded, array))
        into[:, start] = out[:, start]
    else:
        padded[...] = array


def test_fields_that_overlap_are_refused(registry: Registry) -> None:
    array = np.zeros(2, np.dtype({"names": ["a", "b"], "formats": ["u4", "u2"], "offsets": [0, 2]}))
    for value in (array, {"x": [array]}, [array[0]]):
        with pytest.raises(InvalidInput, match=r"cannot be kept|is not kept"):
            registry.save("overlap", value)
