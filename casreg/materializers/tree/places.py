"""Where the parts of a tree are, and how what is in it is named."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final
from uuid import UUID

VALUE: Final = "value.json"
ARRAYS: Final = "arrays.safetensors"
OBJECTS: Final = "objects"
"""A directory of files for each object that a class of the user's keeps."""

_TOLD: Final = frozenset(
    (
        *(str, int, float, bool, bytes, type(None), Decimal, UUID),
        *(date, datetime, time, timedelta, PurePosixPath, PureWindowsPath),
    )
)
"""Whose text is the same in every process, and is what a reader would call it."""


def join(path: str, key: str) -> str:
    """The name of what is under ``key`` in what is named ``path``; "" names the whole tree."""
    return f"{path}.{key}" if path else key


def step(key: Any, packed: Any) -> str:
    """What a key of a dict, in JSON ``packed``, is called in names: text as it is, ``Colour.RED``, else the
    text that Python makes of it; where that may differ from process to process, its JSON."""
    cls = type(key)
    if cls is str:
        return str(key)
    if isinstance(key, Enum) and "name" in packed["$enum"]:
        return f"{cls.__name__}.{packed['$enum']['name']}"
    if cls in _TOLD or (cls is tuple and all(type(item) in _TOLD for item in key)):
        try:
            return str(key)
        except ValueError:  # an integer of thousands of digits
            pass
    return as_text(packed)


def as_text(packed: Any) -> str:
    """As JSON without spaces, in ASCII. Raises ValueError for what JSON cannot carry."""
    return json.dumps(packed, separators=(",", ":"), allow_nan=False)
