"""polars' frames and series come back the same."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from polars.testing import assert_frame_equal, assert_series_equal
from polars.testing.parametric import dataframes

from casreg import InvalidInput, Registry

SERIES = [
    pl.Series("", [1, None, 3], dtype=pl.Int8),
    pl.Series("u", [2**64 - 1], dtype=pl.UInt64),
    pl.Series("f", np.array([0x7FF8000000000001, 0xFFF8000000000000], np.uint64).view(np.float64)),
    pl.Series("b", [True, None]),
    pl.Series("s", ["a", None, "é" * 20]),
    pl.Series("bin", [b"a", None]),
    pl.Series("d", [dt.date(2020, 1, 1), None]),
    pl.Series("t", [dt.time(1, 2, 3), None]),
    pl.Series("ms", [1, None], dtype=pl.Datetime("ms", "Europe/Berlin")),
    pl.Series("td", [dt.timedelta(1), None]),
    pl.Series("dec", [Decimal("1.50"), None], dtype=pl.Decimal(10, 2)),
    pl.Series("e", ["u", "v", None], dtype=pl.Enum(["v", "u", "w"])),
    pl.Series("c", ["u", "v", None, "u"], dtype=pl.Categorical),
    pl.Series("le", [["a"], None], dtype=pl.List(pl.Enum(["b", "a"]))),
    pl.Series("l", [[1], None, []], dtype=pl.List(pl.Int16)),
    pl.Series("a", [[1, 2], None], dtype=pl.Array(pl.Int16, 2)),
    pl.Series("st", [{"a": 1, "b": ["x"]}, None]),
    pl.Series("n", [None, None]),
    pl.Series("empty", [], dtype=pl.String),
]


def loaded(registry: Registry, obj: Any) -> Any:
    registry.save("x", obj)
    return registry.load("x", verify="full")


@pytest.mark.parametrize("series", SERIES, ids=lambda series: str(series.dtype))
def test_a_series_comes_back_with_its_dtype(registry: Registry, series: Any) -> None:
    found = loaded(registry, series)
    assert_series_equal(found, series)
    assert (found.name, found.dtype) == (series.name, series.dtype)
    if series.dtype == pl.Float64:
        assert found.to_numpy().tobytes() == series.to_numpy().tobytes()
    assert_series_equal(loaded(registry, {"a": [series[1:]]})["a"][0], series[1:])


def test_a_frame_comes_back_whole(registry: Registry) -> None:
    frame = pl.DataFrame([series.extend_constant(None, 4 - len(series)) for series in SERIES])
    found = loaded(registry, frame)
    assert_frame_equal(found, frame, categorical_as_str=True)
    assert found.schema == frame.schema
    named = pl.DataFrame({"$x": [1], "a.b": [2], "": ["x"], "\0": [None], "a\0b": ["y"]})
    for odd in (pl.DataFrame(), frame[:0], named, pl.DataFrame({"": [1]})):
        assert_frame_equal(loaded(registry, [odd])[0], odd, categorical_as_str=True)


def test_a_plan_is_refused_and_told_what_to_do(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"at a: .*collect\(\)"):
        registry.save("x", {"a": pl.LazyFrame({"a": [1]})})


def test_what_would_not_come_back_is_refused_and_the_column_named(registry: Registry) -> None:
    for column in (
        pl.Series("odd", [object()], dtype=pl.Object),
        pl.Series("odd", [1], dtype=pl.Int128),
    ):
        with pytest.raises(InvalidInput, match=r"column 'odd': polars' .* is not kept.*cast it"):
            registry.save("x", pl.DataFrame([column]))


@given(
    dataframes(
        max_cols=4,
        max_size=5,
        excluded_dtypes=[pl.Int128, pl.Object, pl.Enum, pl.Categorical, pl.Decimal],
        allow_chunks=True,
    )
)
def test_any_frame_comes_back(frame: pl.DataFrame) -> None:
    assume(not re.search("Int128|Extension", str(frame.schema)))  # refused
    with Registry("memory://") as registry:
        found = loaded(registry, frame)
    assert_frame_equal(found, frame)
    assert found.schema == frame.schema


def test_what_makes_polars_panic_is_refused(registry: Registry) -> None:
    """A panic of Rust's is no Exception of Python's."""
    series = pl.Series("a", [[], []], dtype=pl.Array(pl.Int8, 0))
    with pytest.raises(InvalidInput, match="column 'a'"):
        registry.save("s", series.to_frame())
