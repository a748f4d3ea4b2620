"""Lists, tuples, sets and dicts: JSON; else a directory for each element (0.9), or a pickle (0.16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from casreg.errors import Corrupt, Unsupported
from casreg.mindtrace.readers import Pickle
from casreg.mindtrace.source import Reader, Source

_DEPTH: Final = 64
_DICTS: Final = ("builtins.dict", "collections.OrderedDict", "collections.defaultdict", "collections.Counter")
_OTHERS: Final[dict[str, Callable[[Any], Any]]] = {
    "builtins.list": list,
    "builtins.tuple": tuple,
    "builtins.set": lambda items: set(map(_hashable, items)),
}
_PICKLE: Final = Pickle("data.pkl")


class Container:
    def __init__(self, reader_of: Callable[[str], Reader]) -> None:
        self._reader_of = reader_of

    def check(self, source: Source) -> None:
        if not source.has("data.json") and source.has("data.pkl"):
            _PICKLE.check(source)

    def read(self, source: Source, depth: int = 0) -> Any:
        if source.has("data.json"):
            return _as(source.python_class, source.json("data.json"))
        if source.has("data.pkl"):
            return _PICKLE.read(source)
        if depth > _DEPTH:
            raise Corrupt(f"{source.folder} is nested more than {_DEPTH} deep")
        entries = source.json("metadata.json")
        if not isinstance(entries, list):
            raise Corrupt(f"{source.folder}: metadata.json is no list of elements")
        return _as(
            source.python_class, [self._element(source, *entry, depth) for entry in enumerate(entries)]
        )

    def _element(self, source: Source, number: int, entry: Any, depth: int) -> Any:
        """The paths in the document are of a directory that is gone; elements lie beside it, by number."""
        kind, writer = (
            (entry.get("type"), entry.get("materializer")) if isinstance(entry, dict) else (None, None)
        )
        if not isinstance(kind, str) or not isinstance(writer, str):
            raise Corrupt(f"{source.folder}: metadata.json does not say what element {number} is")
        reader = self._reader_of(writer)
        inner = replace(source, folder=source.folder / str(number), python_class=kind)
        if isinstance(reader, Container):
            return reader.read(inner, depth + 1)
        return reader.read(inner)


def _as(cls: str, value: Any) -> Any:
    """``value``, of JSON or of elements, as an instance of ``cls``; dicts of other kinds come as theirs came:
    as dicts."""
    if cls in _DICTS:
        if isinstance(value, dict):
            return value
        if not (
            isinstance(value, list) and len(value) == 2 and all(isinstance(half, list) for half in value)
        ):
            raise Corrupt("a dict is neither an object of JSON nor a list of keys and one of values")
        keys, values = value
        if len(keys) != len(values):
            raise Corrupt(f"a dict has {len(keys)} keys and {len(values)} values")
        return dict(zip(map(_hashable, keys), values, strict=True))
    if cls not in _OTHERS:
        raise Unsupported(f"a container of the class {cls[:100]} cannot be made here")
    if not isinstance(value, list):
        raise Corrupt(f"a {cls} is no list of elements")
    return _OTHERS[cls](value)


def _hashable(value: Any) -> Any:
    """In a set or as a key a list of JSON can have been a tuple only."""
    made = tuple(map(_hashable, value)) if isinstance(value, list) else value
    try:
        hash(made)
    except TypeError:
        raise Corrupt(f"a {type(value).__name__} can be in no set, and no key") from None
    return made
