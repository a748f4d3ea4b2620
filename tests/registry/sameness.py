"""Equal in type, value and bits, through and through."""

import struct
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import datetime, time, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import numpy as np
from pydantic import BaseModel

COMPARED: dict[type, Callable[[Any, Any], bool]] = {}
"""How objects of a library's are compared, by their types or bases of those."""


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    compare = next((COMPARED[cls] for cls in type(a).__mro__ if cls in COMPARED), None)
    if compare is not None:
        return compare(a, b)
    if isinstance(a, Mapping):
        return len(a) == len(b) and _same_pairs(a, b) and _beside(a) == _beside(b)
    if isinstance(a, list | tuple | deque):
        return len(a) == len(b) and _beside(a) == _beside(b) and all(map(same, a, b))
    if isinstance(a, set | frozenset):
        return len(a) == len(b) and (a == b or _text(a) == _text(b))
    if isinstance(a, slice):
        return same((a.start, a.stop, a.step), (b.start, b.stop, b.step))
    if isinstance(a, range):
        return (a.start, a.stop, a.step) == (b.start, b.stop, b.step)
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, np.generic):
        padded = a.dtype.char in "gG"  # with bytes that mean nothing
        return a.dtype == b.dtype and (repr(a) == repr(b) if padded else a.tobytes() == b.tobytes())
    if isinstance(a, float):
        return struct.pack("d", a) == struct.pack("d", b)
    if isinstance(a, complex):
        return same((a.real, a.imag), (b.real, b.imag))
    if isinstance(a, Decimal):
        return a.as_tuple() == b.as_tuple()
    if isinstance(a, datetime | time):
        naive = a.replace(tzinfo=None) == b.replace(tzinfo=None)
        return naive and a.fold == b.fold and same(a.tzinfo, b.tzinfo)
    if isinstance(a, timezone):
        return repr(a) == repr(b)
    if isinstance(a, Enum):
        return a is b
    if isinstance(a, BaseModel):
        return same(a.__getstate__(), b.__getstate__())
    if is_dataclass(a):
        return same(_attributes(a), _attributes(b))
    return bool(a == b)


def _same_pairs(a: Mapping[Any, Any], b: Mapping[Any, Any]) -> bool:
    return all(same(k, m) and same(v, w) for (k, v), (m, w) in zip(a.items(), b.items(), strict=True))


def _beside(obj: Any) -> Any:
    """What a container is besides its items."""
    return getattr(obj, "maxlen", None), getattr(obj, "default_factory", None), getattr(obj, "__dict__", None)


def _text(obj: Any) -> str:
    """For sets with NaN in them, which is unequal to itself."""
    if isinstance(obj, set | frozenset):
        return f"{{{sorted(map(_text, obj))}}}"
    if isinstance(obj, tuple):
        return f"({list(map(_text, obj))})"
    return f"{type(obj)} {obj!r}"


def _attributes(obj: Any) -> dict[str, Any]:
    slots = [name for cls in type(obj).__mro__ for name in getattr(cls, "__slots__", ())]
    held = {name: getattr(obj, name) for name in slots if not name.startswith("__") and hasattr(obj, name)}
    held |= getattr(obj, "__dict__", {})
    return {name: value for name, value in held.items() if name != "__orig_class__"}
