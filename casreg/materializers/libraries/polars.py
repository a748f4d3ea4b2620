"""polars' frames and series: a column as an array if it is plain numbers, otherwise in Arrow's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from casreg.errors import InvalidInput
from casreg.trust import Trust

_NUMBERS: Final = (
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "Float32",
    "Float64",
)
_SLICES_ARE_LOST: Final = int(pl.__version__.partition(".")[0]) < 2
"""Before polars 2 a slice of structures, or of arrays, was handed to Arrow with what lay around it: what came
of that was refused, or made polars panic. A copy has nothing around it."""


class Polars:
    def word(self, obj: object) -> str | None:
        kinds = (pl.DataFrame, pl.Series, pl.LazyFrame)
        return f"polars.{type(obj).__name__}" if type(obj) in kinds else None

    def describe(self, obj: Any, kind: str, params: Mapping[str, Any]) -> Any:
        if kind == "polars.Series":
            return {"name": obj.name, "values": _described(obj)}
        if kind == "polars.LazyFrame":
            raise InvalidInput("a polars.LazyFrame is a plan and no data: give frame.collect()")
        if obj.height and not obj.width:
            raise InvalidInput("a frame of rows without columns is not kept: give height")
        return {"columns": {column.name: _described(column) for column in obj.iter_columns()}}

    def rebuild(self, kind: str, state: Any, params: Mapping[str, Any], trust: Trust) -> Any:
        if kind == "polars.Series":
            return _series(state["name"], state["values"])
        if kind == "polars.DataFrame":
            return pl.DataFrame({name: _series(name, values) for name, values in state["columns"].items()})
        raise ValueError("no such kind")


def _described(series: Any) -> Any:
    """An array of numpy's, or a table of Arrow's, whose field says more than its type."""
    dtype = series.dtype
    if str(dtype) in _NUMBERS and not series.null_count():
        return series.to_numpy()
    if _SLICES_ARE_LOST and isinstance(dtype, pl.Struct | pl.Array):
        series = series.gather(np.arange(len(series)))
    try:
        frame = series.rename(series.name.replace("\0", "")).to_frame()  # Arrow's names end at a NUL
        packed = frame.to_arrow(compat_level=pl.CompatLevel.newest())
        again = _series(series.name, packed)
    except (Exception, pl.exceptions.PanicException) as error:  # of its own, and Arrow's
        raise _refused(series, str(error)[:200]) from error
    if again.dtype != dtype:
        raise _refused(series, f"it would come back as {again.dtype}")
    return packed


def _series(name: str, packed: Any) -> Any:
    if isinstance(packed, np.ndarray):
        return pl.Series(name, packed)
    try:
        return pl.from_arrow(packed).to_series().rename(name)
    except pl.exceptions.PanicException as error:  # no Exception of Python's
        raise ValueError(str(error)) from None


def _refused(series: Any, why: str) -> InvalidInput:
    return InvalidInput(
        f"column {series.name!r}: polars' {series.dtype} is not kept ({why}): cast it to another dtype"
    )


LIBRARY: Final = Polars()
