"""JSON as the object of a tree, apart from the arrays in it."""

from __future__ import annotations

import struct
from base64 import b64decode
from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Any, Final

from casreg.errors import Corrupt
from casreg.materializers.tree import scalars
from casreg.materializers.tree.places import VALUE, join

ABSENT: Final = object()
"""What a load leaves out."""
MISSING: Final = object()
"""What ``into=`` has not."""


class Unpacker:
    """Values that hold no arrays, whole: the keys of dicts."""

    def unpack(self, value: Any, path: str = "", into: Any = None) -> Any:
        """The value, ``ABSENT`` for what is left out."""
        if isinstance(value, dict):
            tag = next(iter(value)) if len(value) == 1 else ""
            if tag[:1] == "$":
                return self._tagged(tag, value[tag], path, into)
            return self._pairs(value.items(), path, into)
        if isinstance(value, list):
            return self._items(value, path, into)
        return value if self.wants(path) else ABSENT

    def wants(self, path: str) -> bool:
        """Whether what is named ``path``, no list or dict, is to be loaded."""
        return True

    def leaf(self, tag: str, value: Any, path: str, into: Any) -> Any:
        """What a tag stands for, no list or dict. Raises Corrupt for tags that are not known."""
        if tag == "$float":
            return struct.unpack(">d", bytes.fromhex(value))[0]
        if tag == "$bytes":
            return b64decode(value, validate=True)
        if tag == "$scalar":
            return scalars.number(value)
        if tag == "$torch":
            return scalars.of_torch(value)
        raise Corrupt(f"{VALUE} uses {tag[:40]}, which this casreg does not know here", part=VALUE)

    def _tagged(self, tag: str, value: Any, path: str, into: Any) -> Any:
        if tag == "$tuple" and isinstance(value, list):
            items = self._items(value, path, into)
            return items if items is ABSENT else tuple(items)
        if tag == "$dict" and isinstance(value, list):
            return self._pairs(_keyed(value), path, into)
        if tag == "$counter" and isinstance(value, list):
            items = self._pairs(_keyed(value), path, into)
            return items if items is ABSENT else Counter(items)
        if tag == "$ordered" and isinstance(value, dict):
            return self._ordered(value, path, into)
        return self.leaf(tag, value, path, into) if self.wants(path) else ABSENT

    def _pairs(self, pairs: Iterable[tuple[Any, Any]], path: str, into: Any) -> Any:
        result = {}
        for key, value in pairs:
            item = self.unpack(value, join(path, str(key)), _inside(into, key))
            if item is not ABSENT:
                result[key] = item
        return result if result or self.wants(path) else ABSENT

    def _items(self, values: list[Any], path: str, into: Any) -> Any:
        items = [self.unpack(value, join(path, str(i)), _inside(into, i)) for i, value in enumerate(values)]
        kept = [item for item in items if item is not ABSENT]
        return kept if kept or self.wants(path) else ABSENT

    def _ordered(self, value: dict[str, Any], path: str, into: Any) -> Any:
        items = self._pairs(_keyed(value["items"]), path, into)
        if items is ABSENT:
            return ABSENT
        result = OrderedDict(items)
        if "metadata" in value:
            result._metadata = Unpacker().unpack(value["metadata"])  # type: ignore[attr-defined]
        return result


def _keyed(pairs: list[Any]) -> list[tuple[Any, Any]]:
    """Pairs with their keys decoded."""
    if not isinstance(pairs, list) or not all(isinstance(pair, list) for pair in pairs):
        raise TypeError("pairs are no lists")
    return [(Unpacker().unpack(key), value) for key, value in pairs]


def _inside(into: Any, key: Any) -> Any:
    """The part of ``into=`` for one item of a dict or list; only arrays need one."""
    if into is None or into is MISSING:
        return into
    try:
        return into[key]
    except (LookupError, TypeError):
        return MISSING
