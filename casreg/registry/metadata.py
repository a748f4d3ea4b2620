"""The user's metadata: what JSON can carry is kept, the rest refused with its key named."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, Final

from casreg import canonical
from casreg.errors import InvalidInput
from casreg.names import plain

MAX_DEPTH: Final = 64
MAX_METADATA: Final = (1 << 20) - (16 << 10)
"""The head holds it, and is at most 1 MiB."""


def checked(values: Mapping[str, Any] | None, what: str) -> dict[str, Any]:
    """A copy of ``values`` in plain JSON types; numpy's numbers become Python's, tuples lists, members
    of an enumeration of strings those strings.

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
    size = len(canonical.dumps(result))
    if size > MAX_METADATA:
        raise InvalidInput(f"{what} takes {size} bytes as JSON: {MAX_METADATA} at most, 1 MiB less 16 KiB")
    return result


def typed(text: str) -> Any:
    """What somebody means who types ``text`` as a value: what it is as JSON, else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _plain(value: Any, at: str, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"{at[:100]}... is nested more than {MAX_DEPTH} deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidInput(f"{at} holds characters that UTF-8 cannot carry", key=at) from None
        return plain(value)
    if isinstance(value, Real):
        return _number(value, at)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise InvalidInput(
                    f"{at} has the key {key!r} of type {type(key).__name__}: keys are strings", key=at
                )
        return {_plain(key, at): _plain(item, f"{at}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{at}[{i}]", depth + 1) for i, item in enumerate(value)]
    if type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise InvalidInput(f"{at} is a {type(value).__name__}, which JSON cannot carry", key=at)


def _number(value: Real, at: str) -> int | float:
    if isinstance(value, Integral):
        number = int(value)
        if not -(1 << 63) <= number < 1 << 64:
            raise InvalidInput(f"{at} is an integer of more than 64 bits", key=at)
        return number
    real = float(value)
    if not math.isfinite(real):
        raise InvalidInput(f"{at} is {real}, which JSON has no word for", key=at)
    return real
