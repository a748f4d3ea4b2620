"""pandas' frames, series and indexes: each column as what it is made of, and nothing converted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from casreg.errors import InvalidInput
from casreg.materializers.libraries import pandas_columns as columns
from casreg.trust import Trust


class Pandas:
    def word(self, obj: object) -> str | None:
        if isinstance(obj, pd.Index):
            return "pandas.Index" if type(obj).__module__.partition(".")[0] == "pandas" else None
        if obj is pd.NA or obj is pd.NaT:
            return "pandas.NA" if obj is pd.NA else "pandas.NaT"
        kinds = (pd.DataFrame, pd.Series, pd.Timestamp, pd.Timedelta)
        return f"pandas.{type(obj).__name__}" if type(obj) in kinds else None

    def describe(self, obj: Any, kind: str, params: Mapping[str, Any]) -> Any:
        return _DESCRIBE[kind](obj)

    def rebuild(self, kind: str, state: Any, params: Mapping[str, Any], trust: Trust) -> Any:
        return _REBUILD[kind](state)


def _describe_frame(frame: Any) -> Any:
    data = []
    for i, label in enumerate(frame.columns):
        try:
            data.append(columns.describe(frame.iloc[:, i]))
        except InvalidInput as error:
            raise InvalidInput(f"column {label!r}: {error.message}") from None
    labels = list(frame.columns)
    named = all(type(label) is str for label in labels) and len(set(labels)) == len(labels)
    return {
        **_common(frame),
        "columns": frame.columns,
        "data": dict(zip(labels, data, strict=True)) if named else data,
    }


def _frame(state: Any) -> Any:
    data, index = state["data"], state["index"]
    packed = data.values() if isinstance(data, dict) else data
    series = {i: _made(columns.rebuild(values), index) for i, values in enumerate(packed)}
    frame = pd.DataFrame(series, index=index, copy=False)
    frame.columns = state["columns"]
    return _finished(frame, state)


def _describe_series(series: Any) -> Any:
    return {**_common(series), "name": series.name, "data": columns.describe(series)}


def _series(state: Any) -> Any:
    series = _made(columns.rebuild(state["data"]), state["index"])
    series.name = state["name"]
    return _finished(series, state)


def _made(values: Any, index: Any) -> Any:
    if len(values) != len(index):
        raise ValueError("a column is longer or shorter than the index")
    return pd.Series(values, index=index, dtype=values.dtype, copy=False)


def _common(obj: Any) -> dict[str, Any]:
    """What frames and series have alike."""
    common: dict[str, Any] = {"index": obj.index}
    if obj.attrs:
        common["attrs"] = obj.attrs
    if not obj.flags.allows_duplicate_labels:
        common["unique"] = True
    return common


def _finished(obj: Any, state: Any) -> Any:
    obj.attrs = state.get("attrs", {})
    if state.get("unique"):
        obj.flags.allows_duplicate_labels = False
    return obj


def _describe_index(index: Any) -> Any:
    if isinstance(index, pd.RangeIndex):
        return {"range": [index.start, index.stop, index.step], "name": index.name}
    if isinstance(index, pd.MultiIndex):
        return {
            "levels": [columns.spelled(level) for level in index.levels],
            "codes": list(map(np.asarray, index.codes)),
            "names": list(index.names),
        }
    state = {"values": columns.describe(index), "name": index.name}
    frequency = getattr(index, "freq", None)
    if isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) and frequency is not None:
        if not _is_said(frequency, index.freqstr):
            raise InvalidInput(
                f"an index with the frequency {frequency!r} is not kept: its freqstr does not say it; set "
                "index.freq = None"
            )
        state["freq"] = index.freqstr
    return state


def _is_said(frequency: Any, text: str) -> bool:
    try:
        return bool(pd.tseries.frequencies.to_offset(text) == frequency)
    except ValueError:  # no text that pandas reads
        return False


def _index(state: Any) -> Any:
    if "range" in state:
        start, stop, step = state["range"]
        return pd.RangeIndex(start, stop, step, name=state["name"])
    if "levels" in state:
        return pd.MultiIndex(
            [columns.require_spelled(level) for level in state["levels"]],
            state["codes"],
            names=state["names"],
        )
    values = columns.rebuild(state["values"])
    index = pd.Index(values, dtype=values.dtype, name=state["name"], copy=False, tupleize_cols=False)
    if "freq" in state:
        index.freq = state["freq"]
    return index


def _describe_timestamp(moment: Any) -> Any:
    state = {"value": int(moment.asm8.view("i8")), "unit": moment.unit, "fold": moment.fold}
    return {**state, **({} if moment.tz is None else {"zone": columns.describe_zone(moment.tz)})}


def _timestamp(state: Any) -> Any:
    moment = pd.Timestamp(np.datetime64(state["value"], state["unit"]))
    if "zone" in state:
        return moment.tz_localize("UTC").tz_convert(columns.zone(state["zone"]))
    return moment.replace(fold=state["fold"]) if state["fold"] else moment


_DESCRIBE: Final[dict[str, Callable[[Any], Any]]] = {
    "pandas.DataFrame": _describe_frame,
    "pandas.Series": _describe_series,
    "pandas.Index": _describe_index,
    "pandas.Timestamp": _describe_timestamp,
    "pandas.Timedelta": lambda span: {"value": int(span.asm8.view("i8")), "unit": span.unit},
    "pandas.NA": lambda _: None,
    "pandas.NaT": lambda _: None,
}
_REBUILD: Final[dict[str, Callable[[Any], Any]]] = {
    "pandas.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.Index": _index,
    "pandas.Timestamp": _timestamp,
    "pandas.Timedelta": lambda state: pd.Timedelta(np.timedelta64(state["value"], state["unit"])),
    "pandas.NA": lambda _: pd.NA,
    "pandas.NaT": lambda _: pd.NaT,
}


LIBRARY: Final = Pandas()
