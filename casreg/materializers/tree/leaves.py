"""All types of values that hold no others, by type and by tag."""

from __future__ import annotations

from typing import Final

from casreg.materializers.tree import numbers, texts, times

LEAVES: Final = (*numbers.LEAVES, *texts.LEAVES, *times.LEAVES)
BY_TYPE: Final = {leaf.cls: leaf for leaf in LEAVES}
BY_TAG: Final = {leaf.tag: leaf for leaf in LEAVES}
