"""Copies of states use the memory of the copy before."""

from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from casreg.checkpoint.staging import Staging


def addresses(tree: Any) -> list[int]:
    return [array.__array_interface__["data"][0] for array in tree.values()]


def test_arrays_of_the_same_layout_are_copied_into_the_same_memory() -> None:
    staging = Staging()
    state = {"a": np.arange(10.0), "b": np.ones((3, 4), np.int8), "c": np.zeros((2, 3), order="F")}
    first = addresses(staging.copy(state))
    state["a"] += 1
    second = staging.copy(state)
    assert sorted(addresses(second)) == sorted(first)
    assert np.array_equal(second["a"], np.arange(1.0, 11.0))


def test_memory_that_fits_nothing_any_more_is_let_go() -> None:
    staging = Staging()
    staging.copy({"a": np.zeros(1000), "b": np.zeros(1000), "c": np.zeros(7)})
    staging.copy({"a": np.zeros(1000), "b": np.zeros(8)})
    held = sorted(buffer.size for buffers in staging._buffers.values() for buffer in buffers)
    assert held == [8, 1000]
    staging.clear()
    assert not staging._buffers


def test_arrays_that_share_their_memory_are_copied_once_and_share_it() -> None:
    tied = np.arange(6.0)
    copied = Staging().copy({"in": tied, "out": tied[:], "half": tied[:3], "turned": tied[::-1]})
    assert copied["in"] is copied["out"]
    assert not np.shares_memory(copied["in"], copied["half"])
    assert copied["half"].tolist() == [0, 1, 2]
    assert copied["turned"].tolist() == [5, 4, 3, 2, 1, 0]


def test_the_copy_has_the_types_of_the_original() -> None:
    state = OrderedDict(a=[(np.zeros(1), 1)], b={1: None, (2, "x"): b"y"}, c=Counter({30: 1, 80: 2}))
    copied = Staging().copy(state)
    assert type(copied) is OrderedDict
    assert str(copied) == str(state)
    assert copied["a"] is not state["a"]


Pair = namedtuple("Pair", "left right")


def test_what_holds_tensors_is_looked_into_whatever_it_is() -> None:
    held = np.arange(3.0)
    state = Pair(defaultdict(list, a=held), deque([held, 1], maxlen=3))
    copied = Staging().copy(state)
    assert type(copied) is Pair
    assert (type(copied.left), copied.left.default_factory) == (defaultdict, list)
    assert copied.right.maxlen == 3
    assert copied.left["a"] is copied.right[0]
    assert not np.shares_memory(copied.left["a"], held)


DTYPES = st.sampled_from(["<f4", ">f8", "|i1", "<c8", "<M8[s]", "|S3", "<U2", [("x", "<i4"), ("y", "|b1")]])
SHAPES = st.lists(st.integers(0, 4), max_size=3).map(tuple)


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    dtype = np.dtype(draw(DTYPES))
    shape = draw(SHAPES)
    data = np.random.default_rng(draw(st.integers(0, 3))).integers(0, 2, np.prod(shape, dtype=int) or 0)
    array = data.astype("|b1").astype(dtype) if dtype.names is None else np.zeros(len(data), dtype)
    array = array.reshape(shape)
    return draw(st.sampled_from([array, array.T, array[::-1] if shape else array, np.asfortranarray(array)]))


@given(st.lists(st.lists(arrays(), max_size=4), min_size=1, max_size=4))
def test_every_copy_is_what_its_original_was(states: list[list[np.ndarray]]) -> None:
    staging = Staging()
    for state in states:
        copied = staging.copy(state)
        for array, copy in zip(state, copied, strict=True):
            assert (copy.dtype, copy.shape) == (array.dtype, array.shape)
            assert copy.tobytes() == array.tobytes()
            assert not np.shares_memory(copy, array)
            assert copy.flags.c_contiguous or copy.flags.f_contiguous or copy.ndim > 2
