"""The kinds of planes, by the numbers that the stored bytes carry (spec/codecs.md)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Kind(IntEnum):
    CONSTANT = 0
    """One byte, which all of the plane's are."""
    RAW = 1
    ZSTD = 2
    """One frame, its content size in the header."""


KINDS: Final = frozenset(Kind)
