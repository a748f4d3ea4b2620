"""FastCDC as spec/chunking.md describes it, slow and plain; the tables come from the vectors."""

from __future__ import annotations

import json
from math import log2
from pathlib import Path

VECTORS = json.loads(
    (Path(__file__).parents[2] / "spec" / "vectors" / "fastcdc.json").read_text(encoding="utf-8")
)
GEAR = [int(value, 16) for value in VECTORS["gear"]]
MASKS = {int(bits): int(mask, 16) for bits, mask in VECTORS["masks"].items()}


def cut(data: bytes, low: int, average: int, high: int, level: int) -> list[int]:
    """Lengths of the chunks of ``data``."""
    lengths = []
    start = 0
    while start < len(data):
        lengths.append(_first(data[start : start + high], low, average, level))
        start += lengths[-1]
    return lengths


def _first(window: bytes, low: int, average: int, level: int) -> int:
    """The length of the first chunk of ``window``, which is no longer than the greatest size."""
    size = len(window)
    if size <= low:
        return size
    bits = round(log2(average))
    strict, lenient = MASKS[bits + level], MASKS[bits - level]
    middle = min(average, size) & ~1
    state = 0
    for position in range(low & ~1, size & ~1):
        state = ((state << 1) + GEAR[window[position]]) & 0xFFFF_FFFF_FFFF_FFFF
        if not state & (strict if position < middle else lenient):
            return position
    return size
