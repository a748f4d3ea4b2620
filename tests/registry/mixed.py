"""Values of all that casreg keeps, one within the other."""

from __future__ import annotations

import datetime as dt
import enum
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from pydantic import BaseModel, ConfigDict
from with_torch import torch


class Colour(enum.Enum):
    RED = 1
    BLUE = ("b", 2)
    ALSO_RED = RED


class Right(enum.IntFlag):
    READ = 1
    WRITE = 4


class Word(enum.StrEnum):
    YES = "yes"


class Point(NamedTuple):
    x: Any
    y: Any = None


@dataclass(frozen=True, slots=True)
class Frozen:
    a: Any
    b: Any = field(default=None, compare=False)


@dataclass(kw_only=True, eq=False)
class Config:
    held: Any
    more: Any = field(default_factory=list)


class Model(BaseModel):
    model_config = ConfigDict(extra="allow", arbitrary_types_allowed=True)
    held: Any = None
    _private: Any = None


class Text(str):
    __slots__ = ()


def model(held: Any, private: Any, extra: Any) -> Model:
    made = Model(held=held, extra=extra)
    made._private = private
    return made


texts = st.text(st.characters(exclude_categories=()), max_size=4) | st.sampled_from(
    ("", "$tuple", "$array", "a.b", "__metadata__", "~1", "\ud83d\ude00", "0")
)
offsets = st.timedeltas(dt.timedelta(-0.9), dt.timedelta(0.9))
zones = st.none() | st.timezones() | st.builds(dt.timezone, offsets)
dtypes = hnp.scalar_dtypes() | hnp.array_dtypes()
plain = st.one_of(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers(),
    texts | st.binary(max_size=4) | st.uuids(),
    st.decimals().filter(lambda number: not number.is_snan()) | st.fractions(),
    st.dates() | st.times(timezones=zones) | st.datetimes(timezones=zones, allow_imaginary=True),
    st.timedeltas() | st.builds(range, st.integers(), st.integers(), st.integers(1)),
    st.sampled_from([*Colour, *Right, Right(0), Right(13), *Word, dt.UTC]),
    st.sampled_from([PurePosixPath("a/b"), PureWindowsPath("C:/a"), torch.float32, torch.Size([2, 3])]),
    st.sampled_from("?bhilqBHILQefdgFDG").map(lambda code: np.ones(1, code)[0]),
    st.sampled_from([np.str_("a\0"), np.bytes_(b"\0"), np.datetime64("NaT", "25s"), np.timedelta64(3, "us")]),
)
keys = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2).map(tuple),
        st.frozensets(inner, max_size=2),
        st.builds(Frozen, inner),
        st.builds(Point, inner, inner),
    ),
    max_leaves=3,
)


def array(values: np.ndarray, how: str) -> np.ndarray:
    """The same numbers, otherwise in memory."""
    match how:
        case "reversed":
            return values[..., ::-1]
        case "transposed":
            return values.T
        case "bfloat16" if values.dtype.kind in "iuf":
            return values.astype(ml_dtypes.bfloat16)
        case "unaligned":
            flat = np.ndarray(values.shape, values.dtype, bytearray(values.nbytes + 1), 1)
            flat[...] = values
            return flat
        case _:
            return values


arrays = st.builds(
    array,
    hnp.arrays(
        dtypes.filter(lambda dtype: all(ord(c) < 256 for c in str(dtype.descr))),
        hnp.array_shapes(min_dims=1, min_side=0, max_side=3),
    ),
    st.sampled_from(["", "reversed", "transposed", "unaligned", "bfloat16"]),
)
tensors = st.builds(
    lambda dtype, shape, turned: (
        made.mT if turned and (made := torch.ones(shape).to(dtype)).ndim > 1 else torch.ones(shape).to(dtype)
    ),
    st.sampled_from([torch.bfloat16, torch.float8_e4m3fn, torch.complex128, torch.bool, torch.int64]),
    hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
    st.booleans(),
)
cells = st.lists(st.none() | st.integers(-9, 9), max_size=3)
objects = st.one_of(
    cells.map(lambda values: pd.Series(values, dtype="Int16", name=("n", 1))),
    cells.map(lambda values: pd.DataFrame({"a": pd.Categorical(values), None: values})),
    st.integers(0, 3).map(lambda n: pd.date_range("2020-03-28", periods=n, tz="Europe/Berlin", name="t")),
    st.sampled_from([pd.NaT, pd.NA, pd.Timestamp("2020", tz="UTC"), pd.Timedelta(1), pd.RangeIndex(1, 9, 3)]),
    cells.map(lambda values: pl.Series("", values, dtype=pl.Int8)),
    cells.map(lambda values: pl.DataFrame({"": [str(value) for value in values], "b": values})),
    cells.map(lambda values: pa.chunked_array([values, values], pa.int16())),
    st.sampled_from([Image.new("1", (3, 2), 1), Image.new("P", (2, 2)), Image.new("F", (1, 1), 0.5)]),
)
unkept: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(object(), lambda: 0, {1}.pop, ..., int, Colour),
        *(Path("x"), Text("a"), np.ma.masked, torch.eye(2).to_sparse()),
    ]
)
"""What has to be refused wherever it is."""


def nested(leaves: st.SearchStrategy[Any], leaf_count: int) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
            st.dictionaries(texts, inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
            st.dictionaries(keys, inner, max_size=2).map(OrderedDict),
            st.builds(defaultdict, st.sampled_from([None, list, Counter]), st.dictionaries(keys, inner)),
            st.builds(deque, st.lists(inner, max_size=3), st.none() | st.integers(0, 3)),
            st.sets(keys, max_size=3) | st.builds(slice, keys, keys, keys),
            st.builds(Point, inner, inner) | st.builds(Frozen, inner, inner),
            st.builds(lambda held, more: Config(held=held, more=more), inner, inner),
            st.builds(model, inner, inner, inner),
        ),
        max_leaves=leaf_count,
    )
