"""A tree's JSON as the JSON of what it means, where JSON has words for all of it."""

from __future__ import annotations

from typing import Any

from casreg.errors import InvalidInput
from casreg.materializers.tree.places import join


def plain(value: Any, path: str = "") -> Any:
    """Objects, lists, texts, numbers, true, false and null, without tags. Raises InvalidInput, naming the
    first place, for what has another tag; RecursionError for trees that are nested too deeply."""
    if isinstance(value, list):
        return [plain(item, join(path, str(i))) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    tag = next(iter(value)) if len(value) == 1 else ""
    if tag[:1] != "$":
        return {key: plain(item, join(path, key)) for key, item in value.items()}
    held = value[tag]
    if tag == "$dict" and _has_texts_for_keys(held):
        return {key: plain(item, join(path, key)) for key, item in held}
    raise InvalidInput(f"JSON has no word for {f'{path}, ' if path else ''}{tag}")


def _has_texts_for_keys(pairs: Any) -> bool:
    return isinstance(pairs, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs
    )
