"""The arrays that pandas' columns and indexes are made of, by their dtypes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from casreg.errors import InvalidInput
from casreg.materializers.libraries.texts import pack_texts, texts
from casreg.trust import full_name

_LONG: Final = 1 << 16
"""Elements."""
_OFFSET: Final = re.compile(r"pytz\.FixedOffset\((-?[0-9]{1,4})\)")
"""What pytz calls a zone of so many minutes, which has no name."""


def describe(column: Any) -> Any:
    """The values of a series or an index: an array of numpy's as it is, others as an object of one field."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        values = column.to_numpy()
        return {"objects": values.tolist()} if dtype.hasobject else values
    array = column.array
    if isinstance(dtype, pd.CategoricalDtype):
        return {
            "categorical": {
                "codes": array.codes,
                "categories": spelled(dtype.categories),
                "ordered": bool(dtype.ordered),
            }
        }
    if isinstance(dtype, pd.DatetimeTZDtype):
        return {"zoned": {"times": np.asarray(array.tz_convert(None)), "zone": describe_zone(dtype.tz)}}
    if isinstance(dtype, pd.PeriodDtype):
        return {"period": {"ordinals": array.asi8, "freq": dtype.name[len("period[") : -1]}}
    if isinstance(dtype, pd.IntervalDtype):
        return {
            "interval": {"left": spelled(array.left), "right": spelled(array.right), "closed": array.closed}
        }
    if isinstance(dtype, pd.StringDtype):
        missing = "NA" if dtype.na_value is pd.NA else "nan"
        values = array.to_numpy(dtype=object, na_value=None)
        return {"string": {"storage": dtype.storage, "missing": missing, **pack_texts(values)}}
    if isinstance(dtype, pd.ArrowDtype):
        return {"arrow": array.__arrow_array__()}
    if hasattr(array, "_mask") and hasattr(dtype, "numpy_dtype"):  # Int64, Float64, boolean and their likes
        return {"masked": {"values": array._data, "missing": array._mask}}
    raise InvalidInput(
        f"pandas' dtype {dtype} is not kept: give astype() of another, or to_dense() if it is sparse"
    )


def rebuild(state: Any) -> Any:
    """Raises whatever pandas does for what :func:`describe` never gave."""
    if isinstance(state, np.ndarray):
        return state
    [(kind, packed)] = state.items()
    return _REBUILD[kind](packed)


def spelled(index: Any) -> Any:
    """An index that pandas is going to hold in memory: not a long range, told in a few bytes."""
    return pd.Index(index.to_numpy(), name=index.name) if _is_long_range(index) else index


def require_spelled(index: Any) -> Any:
    """What :func:`spelled` gave. Raises ValueError for anything else."""
    if not isinstance(index, pd.Index) or _is_long_range(index):
        raise ValueError("no index, or a long range, where every element would be made")
    return index


def _is_long_range(index: Any) -> bool:
    return isinstance(index, pd.RangeIndex) and len(index) > _LONG


def _objects(values: list[Any]) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _zoned(packed: Any) -> Any:
    times = pd.Series(packed["times"])
    return times.dt.tz_localize("UTC").dt.tz_convert(zone(packed["zone"])).array


def _string(packed: Any) -> Any:
    missing = {} if packed["missing"] == "NA" else {"na_value": np.nan}
    dtype = pd.StringDtype(packed["storage"], **missing)
    return pd.array(texts(packed), dtype=dtype)


def _masked(packed: Any) -> Any:
    values, missing = packed["values"], packed["missing"]
    made = {"b": pd.arrays.BooleanArray, "f": pd.arrays.FloatingArray}.get(
        values.dtype.kind, pd.arrays.IntegerArray
    )
    return made(values, missing)


def describe_zone(zone: tzinfo | None) -> Any:
    """pytz, which pandas 2 uses, by name; others are values of their own."""
    if zone is None or isinstance(zone, ZoneInfo | timezone):
        return zone
    cls = type(zone)
    if cls.__module__.partition(".")[0] != "pytz":
        raise InvalidInput(
            f"a time zone of class {full_name(cls)} is not kept: tz_convert() it to a zoneinfo.ZoneInfo or a "
            "datetime.timezone"
        )
    return str(zone)


def zone(state: Any) -> Any:
    if not isinstance(state, str):
        return state
    import pytz

    offset = _OFFSET.fullmatch(state)
    return pytz.FixedOffset(int(offset[1])) if offset else pytz.timezone(state)


_REBUILD: Final[dict[str, Callable[[Any], Any]]] = {
    "objects": _objects,
    "categorical": lambda packed: pd.Categorical.from_codes(
        packed["codes"], require_spelled(packed["categories"]), ordered=packed["ordered"]
    ),
    "zoned": _zoned,
    "period": lambda packed: pd.arrays.PeriodArray(packed["ordinals"], dtype=pd.PeriodDtype(packed["freq"])),
    "interval": lambda packed: pd.arrays.IntervalArray.from_arrays(
        require_spelled(packed["left"]), require_spelled(packed["right"]), closed=packed["closed"]
    ),
    "string": _string,
    "arrow": lambda packed: pd.array(packed, dtype=pd.ArrowDtype(packed.type)),
    "masked": _masked,
}
