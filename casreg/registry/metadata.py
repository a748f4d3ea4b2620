"""The user's metadata: what JSON can carry is kept, the rest refused with its key named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from casreg.errors import InvalidInput


def checked(values: Mapping[str, Any] | None, what: str) -> dict[str, Any]:
    """A copy of ``values`` in plain JSON types; numpy's numbers become Python's, tuples lists.

    Raises InvalidInput naming the first key whose value would not come back equal.
    """
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise InvalidInput(f"{what} is a dict, not {type(values).__name__}")
    try:
        result = _plain(values, what)
    except RecursionError:
        raise InvalidInput(f"{what} is nested too deeply, or holds itself") from None
    assert isinstance(result, dict)
    return result


def _plain(value: Any, at: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidInput(f"{at} holds characters that UTF-8 cannot carry", key=at) from None
        return str(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        number = float(value)
        if not math.isfinite(number):
            raise InvalidInput(f"{at} is {number}, which JSON has no word for", key=at)
        return number
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise InvalidInput(
                    f"{at} has the key {key!r} of type {type(key).__name__}: keys are strings", key=at
                )
        return {_plain(key, at): _plain(item, f"{at}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{at}[{i}]") for i, item in enumerate(value)]
    if type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise InvalidInput(f"{at} is a {type(value).__name__}, which JSON cannot carry", key=at)
