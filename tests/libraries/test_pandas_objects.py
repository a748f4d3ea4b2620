"""pandas' frames, series and indexes come back the same: dtypes, index, names, order, bits."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from casreg import InvalidInput, Registry

COLUMNS: dict[str, Any] = {
    "integers": np.array([1, -2, 3], np.int16),
    "floats": np.array([1.5, np.nan, -0.0]),
    "signed NaN": np.array([0x7FF8000000000001, 0xFFF8000000000000, 1], np.uint64).view(np.float64),
    "complex": np.array([1j, 2, 3]),
    "bools": np.array([True, False, True]),
    "text": ["a", "é", ""],
    "text with gaps": ["a", None, "b"],
    "objects": pd.Series([1, "x", None], dtype=object),
    "nested": pd.Series([[1, 2], {"a": (1,)}, np.nan], dtype=object),
    "times": pd.to_datetime(["2020-01-01", None, "2021-05-06 07:08:09.123456789"], format="ISO8601"),
    "seconds": np.array(["2020-01-01", "NaT", "1900-01-01"], "datetime64[s]"),
    "durations": pd.to_timedelta([1, None, 3], unit="s"),
    "utc": pd.to_datetime(["2020-01-01", None, "2020-07-01"]).tz_localize("UTC"),
    "berlin": pd.to_datetime(["2020-01-01", None, "2020-07-01"]).tz_localize(ZoneInfo("Europe/Berlin")),
    "offset": pd.to_datetime(["2020-01-01", None, "2020-07-01"]).tz_localize(
        dt.timezone(dt.timedelta(hours=2))
    ),
    "category": pd.Categorical(["u", None, "u"], categories=["v", "u"], ordered=True),
    "numbers as category": pd.Categorical([3, 1, 3]),
    "period": pd.period_range("2020", periods=3, freq="M"),
    "interval": pd.arrays.IntervalArray.from_tuples([(0, 1), None, (2, 3)], closed="left"),
    "Int8": pd.array([1, None, 3], dtype="Int8"),
    "UInt64": pd.array([2**64 - 1, None, 3], dtype="UInt64"),
    "Float64": pd.array([1.5, None, 3], dtype="Float64"),
    "boolean": pd.array([True, None, False], dtype="boolean"),
    "string": pd.array(["a", None, "é"], dtype="string"),
    "string[python]": pd.array(["a", None, "\ud800"], dtype=pd.StringDtype("python")),
    "arrow": pd.array([1, None, 3], dtype="int64[pyarrow]"),
    "arrow lists": pd.array(
        [[1], None, []], dtype=pd.ArrowDtype(__import__("pyarrow").list_(__import__("pyarrow").int8()))
    ),
}


def loaded(registry: Registry, obj: Any, **options: Any) -> Any:
    registry.save("x", obj, **options)
    return registry.load("x", verify="full")


def assert_same_bits(a: Any, b: Any) -> None:
    if isinstance(a.dtype, np.dtype) and a.dtype.kind in "fc":
        assert a.to_numpy().tobytes() == b.to_numpy().tobytes()


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_comes_back_with_its_dtype_and_its_bits(registry: Registry, name: str) -> None:
    series = pd.Series(COLUMNS[name], name=name)
    pd.testing.assert_series_equal(found := loaded(registry, series), series, check_exact=True)
    assert found.dtype == series.dtype
    assert_same_bits(found, series)
    if series.dtype == object:
        assert [type(value) for value in found] == [type(value) for value in series]
    pd.testing.assert_series_equal(loaded(registry, series[:0]), series[:0])


def test_a_frame_comes_back_whole(registry: Registry) -> None:
    frame = pd.DataFrame(COLUMNS)
    frame.attrs = {"source": ("a", 1), "by": None}
    found = loaded(registry, frame)
    pd.testing.assert_frame_equal(found, frame, check_exact=True, check_freq=True)
    assert found.dtypes.equals(frame.dtypes)
    assert found.attrs == frame.attrs
    found.iloc[0, 0] = 7  # what was loaded is the caller's own


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(3, 9, 2, name="r"),
        pd.Index([3, 1, 2], name=("a", 1)),
        pd.Index(["x", "y", "x"]),
        pd.Index([1, "x", None], dtype=object),
        pd.Index([0.5, np.nan, -0.0]),
        pd.date_range("2020", periods=3, freq="D", name="day"),
        pd.date_range("2020", periods=3, freq="h", tz="Europe/Berlin"),
        pd.DatetimeIndex(["2020-01-01", "2020-01-05", "NaT"]),
        pd.timedelta_range("1h", periods=3),
        pd.period_range("2020", periods=3, freq="W"),
        pd.interval_range(0, 3),
        pd.CategoricalIndex(["a", "b", "a"], ordered=True, name="c"),
        pd.MultiIndex.from_tuples([("a", 1), ("b", None), ("a", 2)], names=["k", None]),
    ],
    ids=repr,
)
def test_an_index_comes_back_with_its_class_names_and_frequency(registry: Registry, index: Any) -> None:
    pd.testing.assert_index_equal(loaded(registry, index), index, exact=True)
    frame = pd.DataFrame({"a": [1, 2, 3]}, index=index)
    found = loaded(registry, frame)
    pd.testing.assert_frame_equal(found, frame, check_freq=True, check_index_type="exact")
    across = pd.DataFrame([[1, 2, 3]], columns=index)
    pd.testing.assert_frame_equal(
        loaded(registry, across), across, check_column_type="exact", check_freq=True
    )


def test_long_ranges_within_others_come_back_as_equal_indexes(registry: Registry) -> None:
    long = pd.RangeIndex(100_000)
    categories = pd.Categorical.from_codes([0, 99_999], long)
    for obj in (pd.Series(categories), pd.MultiIndex([long], [[0, 99_999]]), long):
        found = loaded(registry, obj)
        assert found.equals(obj)


def test_odd_frames_come_back(registry: Registry) -> None:
    repeated = pd.DataFrame([[1, "x", 2.5]], columns=["a", "b", "a"])
    frames = [
        repeated,
        pd.DataFrame(),
        pd.DataFrame(index=["a", "b"]),
        pd.DataFrame(columns=["a", "b"]),
        pd.DataFrame({0: [1], "$a": [2], None: [3], ("t", 1): [4]}),
        pd.DataFrame({"x": [1, 2]}).set_flags(allows_duplicate_labels=False),
        pd.DataFrame(np.arange(12).reshape(3, 4)[:, ::2]),
        pd.DataFrame(np.asfortranarray(np.arange(12.0).reshape(3, 4))),
    ]
    for frame in frames:
        found = loaded(registry, frame)
        pd.testing.assert_frame_equal(found, frame, check_column_type="exact", check_index_type="exact")
        assert found.flags.allows_duplicate_labels == frame.flags.allows_duplicate_labels


def test_scalars_of_pandas_come_back(registry: Registry) -> None:
    values = [
        pd.NA,
        pd.NaT,
        pd.Timestamp("2020-01-01 01:02:03.123456789"),
        pd.Timestamp("2020-10-25 00:30", tz="UTC").tz_convert("Europe/Berlin"),
        pd.Timestamp(0, unit="s", tz="UTC"),
        pd.Timedelta("1 day 3ns"),
    ]
    found = loaded(registry, values)
    assert found[:2] == [pd.NA, pd.NaT] or (found[0] is pd.NA and found[1] is pd.NaT)
    assert found[2:] == values[2:]
    assert [(v.unit, str(v)) for v in found[2:]] == [(v.unit, str(v)) for v in values[2:]]


def test_frames_lie_anywhere_in_a_value(registry: Registry) -> None:
    frame = pd.DataFrame(COLUMNS)
    found = loaded(registry, {"train": frame, "all": [frame["text"], (frame.index, {"mean": np.ones(3)})]})
    pd.testing.assert_frame_equal(found["train"], frame)
    pd.testing.assert_series_equal(found["all"][0], frame["text"])
    assert found["all"][1][1]["mean"].tolist() == [1, 1, 1]
    pd.testing.assert_frame_equal(registry.load("x", only="train")["train"], frame)


def test_a_column_that_did_not_change_is_not_stored_again(registry: Registry, noise: Any) -> None:
    frame = pd.DataFrame(
        {"a": np.frombuffer(noise(800_000), np.int64), "text": [noise(20, i).hex() for i in range(100_000)]}
    )
    registry.save("x", frame)
    frame["new"] = np.arange(100_000)
    frame.loc[5, "text"] = "changed, and longer than it was before, so that all that comes after moves"
    assert registry.save("x", frame).stored < 3_000_000
    with registry.open("x") as snapshot:
        assert snapshot["data.a"].tolist() == frame["a"].tolist()


def test_what_would_not_come_back_is_refused_and_the_column_named(registry: Registry) -> None:
    class Frame(pd.DataFrame):
        pass

    class Odd:
        pass

    with pytest.raises(InvalidInput, match=r"at train: column 'a': .*Sparse.*to_dense"):
        registry.save("x", {"train": pd.DataFrame({"a": pd.arrays.SparseArray([0, 0, 1])})})
    with pytest.raises(InvalidInput, match=r"data\.a\.objects\.1: .*Odd"):
        registry.save("x", pd.DataFrame({"a": [1, Odd()]}))
    with pytest.raises(InvalidInput, match=r"does not know how to keep a .*Frame"):
        registry.save("x", Frame({"a": [1]}))
    for frequency in (
        pd.offsets.CustomBusinessDay(holidays=["2020-01-02"]),
        pd.DateOffset(months=1),
        pd.offsets.Easter(),
    ):
        special = pd.date_range("2020", periods=3, freq=frequency)
        with pytest.raises(InvalidInput, match=r"the frequency .* is not kept.*set index\.freq = None"):
            registry.save("x", special)
    for zoned in (
        pd.date_range("2020", periods=2, tz="dateutil/Europe/Berlin"),
        pd.Timestamp("2020", tz=Zone()),
    ):
        with pytest.raises(InvalidInput, match=r"a time zone of class .* is not kept: tz_convert\(\)"):
            registry.save("x", pd.Series(zoned))
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"f": Odd()}
    with pytest.raises(InvalidInput, match=r"attrs\.f"):
        registry.save("x", frame)


class Zone(dt.tzinfo):
    def utcoffset(self, moment: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(0)

    def dst(self, moment: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(0)


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", 90, -90])
def test_zones_of_pytz_come_back(registry: Registry, name: str | int) -> None:
    """pandas 2 has them, and 3 takes them."""
    zone = pytz.timezone(name) if isinstance(name, str) else pytz.FixedOffset(name)
    moments = pd.date_range("2024-10-26 22:00", periods=9, freq="h", tz=zone)
    for obj in (moments, pd.Series(moments), pd.DataFrame({"a": 1}, index=moments)):
        found = loaded(registry, obj)
        assert found.equals(obj)
        assert repr(found) == repr(obj)
    assert type(loaded(registry, moments).tz) is type(moments.tz)
    assert loaded(registry, moments[3]) == moments[3]


DTYPES = st.one_of(
    nps.integer_dtypes(),
    nps.unsigned_integer_dtypes(),
    nps.floating_dtypes(sizes=(32, 64)),
    nps.boolean_dtypes(),
    st.sampled_from(["datetime64[s]", "datetime64[ms]", "datetime64[ns]", "timedelta64[ns]"]).map(np.dtype),
)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(0, 5))
    labels = draw(st.lists(st.one_of(st.text(max_size=3), st.integers(-9, 9), st.none()), max_size=4))
    columns = []
    for _ in labels:
        values: Any
        match draw(st.sampled_from(["numpy", "masked", "text", "objects", "category"])):
            case "numpy":
                dtype = draw(DTYPES)
                elements = (
                    nps.from_dtype(dtype, allow_nan=True) if dtype.kind in "fc" else nps.from_dtype(dtype)
                )
                values = draw(nps.arrays(dtype.newbyteorder("="), rows, elements=elements))
            case "masked":
                cells = st.one_of(st.none(), st.integers(0, 100))
                values = pd.array(draw(st.lists(cells, min_size=rows, max_size=rows)), dtype="Int16")
            case "text":
                texts = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=3))
                values = pd.Series(draw(st.lists(texts, min_size=rows, max_size=rows)), dtype="str")
            case "objects":
                cells = st.one_of(st.none(), st.text(max_size=2), st.integers(), st.floats(), st.booleans())
                values = pd.Series(draw(st.lists(cells, min_size=rows, max_size=rows)), dtype=object)
            case _:
                cells = st.sampled_from(["a", "b", "c"])
                values = pd.Categorical(draw(st.lists(cells, min_size=rows, max_size=rows)))
        columns.append(pd.Series(values))
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(rows))
    frame.columns = pd.Index(labels, dtype=object)
    return frame


@given(frames())
def test_any_frame_comes_back(frame: pd.DataFrame) -> None:
    with Registry("memory://", version_objects=True) as registry:
        found = loaded(registry, frame)
    pd.testing.assert_frame_equal(found, frame, check_exact=True, check_column_type="exact")
    for i in range(frame.shape[1]):
        assert_same_bits(found.iloc[:, i], frame.iloc[:, i])


def test_the_second_of_two_moments_that_clocks_show_alike_stays_the_second(registry: Registry) -> None:
    for moment in (
        pd.Timestamp(dt.datetime(2020, 10, 25, 2, 30, fold=1)),
        pd.Timestamp(dt.datetime(2020, 10, 25, 2, 30, fold=1), tz=ZoneInfo("Europe/Berlin")),
    ):
        found = loaded(registry, moment)
        assert (found, found.fold, found.unit) == (moment, moment.fold, moment.unit)
