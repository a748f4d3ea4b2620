"""The values of a tree one by one, by the names that its arrays have: nothing is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from casreg.materializers.tree.places import as_text, join

_ITEMS: Final = frozenset(("$tuple", "$deque"))
_PAIRS: Final = frozenset(("$dict", "$ordered", "$counter", "$defaultdict"))
_FIELDS: Final = frozenset(("$namedtuple", "$dataclass", "$model"))
_ARRAYS: Final = frozenset(("$array", "$tensor", "$npy"))


def values(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(name, JSON) of everything in a tree's JSON that holds nothing else, without arrays and tensors.

    What has a tag and is no container comes as it is kept. An empty container is one value, so is what is
    not as the format says it is. Raises RecursionError for trees that are nested too deeply.
    """
    inside = _inside(value)
    if inside:
        for key, item in inside:
            yield from values(item, join(path, key))
    elif _tag(value) not in _ARRAYS:
        yield path, value


def _inside(value: Any) -> list[tuple[str, Any]]:
    """What a container holds, by the step that its names take."""
    if isinstance(value, list):
        return [(str(i), item) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return []
    tag = _tag(value)
    held = value[tag] if tag else value
    if tag in _FIELDS:
        return _fields(held)
    if tag in _ITEMS | _PAIRS:
        items = held.get("items") if isinstance(held, dict) else held
        if tag in _ITEMS:
            return _inside(items) if isinstance(items, list) else []
        return _pairs(items)
    return [] if tag else list(value.items())


def _fields(held: Any) -> list[tuple[str, Any]]:
    fields = held.get("fields") if isinstance(held, dict) else None
    if not isinstance(fields, dict):
        return []
    more = [item for kind in ("extra", "private") for item in _named(held.get(kind))]
    return [("__class__", held.get("class")), *fields.items(), *more]


def _named(held: Any) -> list[tuple[str, Any]]:
    return list(held.items()) if isinstance(held, dict) else []


def _pairs(items: Any) -> list[tuple[str, Any]]:
    if not isinstance(items, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in items):
        return []
    return [(key if isinstance(key, str) else as_text(key), item) for key, item in items]


def _tag(value: Any) -> str:
    """The tag of an object that has one, else ""."""
    tag = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else ""
    return tag if tag[:1] == "$" else ""
