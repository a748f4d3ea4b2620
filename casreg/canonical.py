"""One JSON text for one value: UTF-8, sorted keys, no spaces, no NaN (RFC 8785 but for number forms)."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from pydantic_core import from_json, to_json

_DEPTH: Final = 200
"""What pydantic reads and writes."""


def dumps(value: Any) -> bytes:
    """Raises TypeError or ValueError for what JSON cannot carry: NaN, infinities, lone surrogates."""
    return _CANONICAL.encode(value).encode("utf-8")


def loads(data: bytes) -> Any:
    """One value, spaced and sorted in any way, that :func:`dumps` can write.

    Raises ValueError for anything that two readers might understand differently: an object with a
    key twice, numbers that are not finite, lone surrogates, another encoding, and what is nested too
    deeply or has an integer of thousands of digits.
    """
    try:
        value = from_json(data, allow_inf_nan=False)
        if to_json(value) == data:  # what two readers might understand differently does not come back
            return value
    except ValueError:
        pass  # told below
    return _strictly(data)


def _strictly(data: bytes) -> Any:
    """:func:`loads`, five times as slow, whatever the text."""
    text = data.decode("utf-8")
    try:
        value = _STRICT.decode(text)
        if "\\u" in text or text.count("[") + text.count("{") > _DEPTH:
            from_json(data)  # refuses lone surrogates, and what is nested more than _DEPTH deep
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, for ``object_pairs_hook``; ValueError if a key comes twice."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object has a key twice")
    return value


def refuse_constant(word: str) -> None:
    """For ``parse_constant``: NaN and infinities, which are not JSON."""
    raise ValueError(f"{word} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


_CANONICAL: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)
_STRICT: Final = json.JSONDecoder(
    object_pairs_hook=distinct, parse_constant=refuse_constant, parse_float=_finite
)
