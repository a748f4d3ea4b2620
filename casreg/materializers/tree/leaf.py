"""A type of values that hold no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Leaf:
    cls: type
    """Of the values; not of their subclasses."""
    tag: str
    pack: Callable[[Any], Any]
    """As JSON. Raises InvalidInput, without the place, for a value that would not load as it was."""
    unpack: Callable[[Any], Any]
    """JSON as the value. Raises ValueError, KeyError, TypeError or ArithmeticError for what no writer writes,
    Unsupported for what this machine has not."""
