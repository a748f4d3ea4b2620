"""JSON as the object of a tree, apart from the arrays in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from casreg.errors import Corrupt
from casreg.materializers.tree import containers, instances, leaves, scalars, torch_values
from casreg.materializers.tree.containers import ABSENT
from casreg.materializers.tree.places import VALUE, join, step
from casreg.trust import Trust

MISSING: Final = object()
"""What ``into=`` has not."""
_ATOMS: Final = frozenset((str, int, float, bool, type(None)))


class Unpacker:
    """Values that hold no arrays, whole: the keys of dicts."""

    everything = True
    """Whether nothing is left out."""

    def __init__(self, trust: Trust) -> None:
        self.trust = trust

    def unpack(self, value: Any, path: str = "", into: Any = None) -> Any:
        """The value, ``ABSENT`` for what is left out."""
        if isinstance(value, dict):
            tag = next(iter(value)) if len(value) == 1 else ""
            if tag[:1] == "$":
                return self._tagged(tag, value[tag], path, into)
            return self._pairs(value, value, value.values(), path, into)
        if isinstance(value, list):
            return self.items(value, path, into)
        return value if self.wants(path) else ABSENT

    def wants(self, path: str) -> bool:
        """Whether what is named ``path``, no list or dict, is to be loaded."""
        return True

    def leaf(self, tag: str, value: Any, path: str, into: Any) -> Any:
        """What a tag stands for, no list or dict. Raises Corrupt for tags that are not known."""
        if (leaf := leaves.BY_TAG.get(tag)) is not None:
            return leaf.unpack(value)
        if tag == "$scalar":
            return scalars.unpack(value)
        if tag == "$torch":
            return torch_values.unpack(value)
        raise Corrupt(f"{VALUE} uses {tag[:40]}, which this casreg does not know here", part=VALUE)

    def apart(self, value: Any) -> Any:
        """What lies apart from what is chosen: whole, and without arrays."""
        return Unpacker(self.trust).unpack(value)

    def items(self, values: Any, path: str, into: Any) -> Any:
        """Of what is named by positions, a list of what is wanted."""
        if type(values) is not list:
            raise TypeError("items are no list")
        if self.everything:
            return [
                value if type(value) in _ATOMS else self.unpack(value, join(path, str(i)), inside(into, i))
                for i, value in enumerate(values)
            ]
        items = [self.unpack(value, join(path, str(i)), inside(into, i)) for i, value in enumerate(values)]
        kept = [item for item in items if item is not ABSENT]
        return kept if kept or self.wants(path) else ABSENT

    def fields(self, values: Any, path: str, into: Any) -> Any:
        """Of what is named by attributes, a dict of what is wanted."""
        if type(values) is not dict:
            raise TypeError("fields are no object")
        result = {}
        for name, value in values.items():
            item = self.unpack(value, join(path, name), attribute(into, name))
            if item is not ABSENT:
                result[name] = item
        return result if result or self.wants(path) else ABSENT

    def keyed(self, pairs: Any, path: str, into: Any) -> Any:
        """Of pairs, a dict of what is wanted. Raises ValueError if a key comes twice."""
        if type(pairs) is not list or not all(type(pair) is list for pair in pairs):
            raise TypeError("pairs are no lists")
        packed = [key for key, _ in pairs]
        keys = [key if type(key) in _ATOMS else self.apart(key) for key in packed]
        if len(set(keys)) != len(keys):
            raise ValueError("a dict has a key twice")
        return self._pairs(keys, packed, [value for _, value in pairs], path, into)

    def _pairs(
        self, keys: Iterable[Any], packed: Iterable[Any], values: Iterable[Any], path: str, into: Any
    ) -> Any:
        """A dict of what is wanted; ``packed``: the keys' JSON."""
        result = {}
        for key, name, value in zip(keys, packed, values, strict=True):
            if self.everything and type(value) in _ATOMS:
                result[key] = value
                continue
            item = self.unpack(value, join(path, step(key, name)), inside(into, key))
            if item is not ABSENT:
                result[key] = item
        return result if result or self.wants(path) else ABSENT

    def _tagged(self, tag: str, value: Any, path: str, into: Any) -> Any:
        container = containers.BY_TAG.get(tag)
        if container is not None and type(value) is container.packed:
            return container.unpack(self, value, path, into)
        kind = instances.BY_TAG.get(tag)
        if kind is not None and type(value) is dict:
            return instances.unpack(self, kind, value, path, into)
        return self.leaf(tag, value, path, into) if self.wants(path) else ABSENT


def inside(into: Any, key: Any) -> Any:
    """The part of ``into=`` for one item of a dict or list; only arrays need one."""
    if into is None or into is MISSING:
        return into
    if isinstance(into, dict):
        return into.get(key, MISSING)  # without what a defaultdict would add
    try:
        return into[key]
    except (LookupError, TypeError):
        return MISSING


def attribute(into: Any, name: str) -> Any:
    """The part of ``into=`` for a field: of an object, or of a dict of its fields."""
    if into is None or into is MISSING or isinstance(into, dict):
        return inside(into, name)
    return getattr(into, name, MISSING)
