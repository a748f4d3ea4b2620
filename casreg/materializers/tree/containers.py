"""Python's own types of values that hold others: how each becomes JSON, and an object again."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from casreg.errors import Corrupt
from casreg.materializers.tree.places import VALUE, as_text, join
from casreg.materializers.tree.refusals import refused

if TYPE_CHECKING:
    from casreg.materializers.tree.pack import Packer
    from casreg.materializers.tree.unpack import Unpacker

ABSENT: Final = object()
"""What a load leaves out."""
_FACTORIES: Final = {
    cls.__name__: cls
    for cls in (
        *(bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset),
        *(Counter, OrderedDict, deque),
    )
}


@dataclass(frozen=True, slots=True)
class Container:
    cls: type
    """Of the objects; not of their subclasses."""
    tag: str
    pack: Callable[[Packer, Any, str], Any]
    """As JSON. Raises InvalidInput for what would not load as it was."""
    unpack: Callable[[Unpacker, Any, str, Any], Any]
    """JSON as the object, or what a request wants of it; ``ABSENT`` if that is nothing."""
    packed: type = list
    """list or dict: what the JSON is."""


# tuple, deque


def _pack_tuple(packer: Packer, obj: tuple[Any, ...], path: str) -> list[Any]:
    return packer.items(obj, path)


def _tuple(unpacker: Unpacker, value: Any, path: str, into: Any) -> Any:
    items = unpacker.items(value, path, into)
    return items if items is ABSENT else tuple(items)


def _pack_deque(packer: Packer, obj: deque[Any], path: str) -> dict[str, Any]:
    items = packer.items(obj, path)
    return {"items": items} if obj.maxlen is None else {"items": items, "maxlen": obj.maxlen}


def _deque(unpacker: Unpacker, value: Any, path: str, into: Any) -> Any:
    items, maxlen = unpacker.items(value["items"], path, into), value.get("maxlen")
    if items is ABSENT:
        return items
    result = deque(items, maxlen)
    if len(result) != len(items):
        raise ValueError("a deque holds more than it may")
    return result


# dicts


def _pack_dict(packer: Packer, obj: dict[Any, Any], path: str) -> list[Any]:
    return packer.pairs(obj, path)


def _dict(unpacker: Unpacker, value: Any, path: str, into: Any) -> Any:
    return unpacker.keyed(value, path, into)


def _pack_counter(packer: Packer, obj: Counter[Any], path: str) -> list[Any]:
    if vars(obj):
        raise refused(
            path,
            f"a Counter with attributes of its own ({', '.join(vars(obj))}) is not kept: give Counter(value)",
        )
    return packer.pairs(obj, path)


def _counter(unpacker: Unpacker, value: Any, path: str, into: Any) -> Any:
    items = unpacker.keyed(value, path, into)
    return items if items is ABSENT else Counter(items)


def _pack_ordered(packer: Packer, obj: OrderedDict[Any, Any], path: str) -> dict[str, Any]:
    """The items, and ``_metadata``, which torch gives the state dicts of modules."""
    attributes = vars(obj)
    if attributes.keys() - {"_metadata"}:
        raise refused(
            path,
            f"an OrderedDict with attributes of its own ({', '.join(sorted(attributes))}), which casreg does "
            "not keep: give OrderedDict(value)",
        )
    packed: dict[str, Any] = {"items": packer.pairs(obj, path)}
    if attributes:
        packed["metadata"] = packer.apart(attributes["_metadata"], join(path, "_metadata"))
    return packed


def _ordered(unpacker: Unpacker, value: Any, path: str, into: Any) -> Any:
    items = unpacker.keyed(value["items"], path, into)
    if items is ABSENT:
        return items
    result = OrderedDict(items)
    if "metadata" in value:
        result._metadata = unpacker.apart(value["metadata"])  # type: ignore[attr-defined]
    return result


def _pack_defaultdict(packer: Packer, obj: defaultdict[Any, Any], path: str) -> dict[str, Any]:
    factory = obj.default_factory
    if factory is None:
        return {"items": packer.pairs(obj, path)}
    name = getattr(factory, "__name__", "")
    if _FACTORIES.get(name) is not factory:
        raise refused(
            path,
            f"a defaultdict is kept with a factory such as list or int, not {factory!r:.100}: give "
            "dict(value), or set its default_factory to None",
        )
    return {"factory": name, "items": packer.pairs(obj, path)}


def _defaultdict(unpacker: Unpacker, value: Any, path: str, into: Any) -> Any:
    factory = _FACTORIES[value["factory"]] if "factory" in value else None
    items = unpacker.keyed(value["items"], path, into)
    return items if items is ABSENT else defaultdict(factory, items)


# sets, slice: whole or not at all, and without arrays


def _pack_set(packer: Packer, obj: set[Any] | frozenset[Any], path: str) -> list[Any]:
    """In the order of the JSON, so that equal sets are stored alike."""
    return sorted((packer.apart(item, f"an element of {path or 'the top'}") for item in obj), key=as_text)


def _elements(unpacker: Unpacker, value: list[Any]) -> frozenset[Any]:
    elements = frozenset(map(unpacker.apart, value))
    if len(elements) != len(value):
        raise Corrupt(f"{VALUE} has a set with an element twice", part=VALUE)
    return elements


def _set(unpacker: Unpacker, value: Any, path: str, _into: Any) -> Any:
    return set(_elements(unpacker, value)) if unpacker.wants(path) else ABSENT


def _frozenset(unpacker: Unpacker, value: Any, path: str, _into: Any) -> Any:
    return _elements(unpacker, value) if unpacker.wants(path) else ABSENT


def _pack_slice(packer: Packer, obj: slice, path: str) -> list[Any]:
    return [packer.apart(item, path) for item in (obj.start, obj.stop, obj.step)]


def _slice(unpacker: Unpacker, value: Any, path: str, _into: Any) -> Any:
    start, stop, step = map(unpacker.apart, value)
    return slice(start, stop, step) if unpacker.wants(path) else ABSENT


CONTAINERS: Final = (
    Container(tuple, "$tuple", _pack_tuple, _tuple),
    Container(deque, "$deque", _pack_deque, _deque, dict),
    Container(dict, "$dict", _pack_dict, _dict),
    Container(Counter, "$counter", _pack_counter, _counter),
    Container(OrderedDict, "$ordered", _pack_ordered, _ordered, dict),
    Container(defaultdict, "$defaultdict", _pack_defaultdict, _defaultdict, dict),
    Container(set, "$set", _pack_set, _set),
    Container(frozenset, "$frozenset", _pack_set, _frozenset),
    Container(slice, "$slice", _pack_slice, _slice),
)
BY_TYPE: Final = {container.cls: container for container in CONTAINERS}
BY_TAG: Final = {container.tag: container for container in CONTAINERS}
