"""``into=`` for files and directories: tensors by the names that they have in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from casreg.errors import InvalidInput
from casreg.filling import Filling, target
from casreg.patterns import Patterns
from casreg.snapshot import Snapshot


def fill_by_name(snapshot: Snapshot, into: Any, only: tuple[str, ...]) -> Any:
    """``into``, a mapping from names to arrays and torch tensors, or a tree of them, filled.

    Keys and positions of a tree, joined by dots, are names. Raises InvalidInput, before anything is written,
    for a name that no tensor has and for what does not fit; NotFound for a pattern that matches no name.
    """
    if not isinstance(into, Mapping | list | tuple):
        raise InvalidInput(
            f"into= for an object of kind {snapshot.head.kind!r} is a mapping from names of tensors to "
            f"arrays, not {type(into).__name__}"
        )
    chosen = Patterns(only, ".")
    filling = Filling(snapshot.read_ranges)
    for name, obj in _named(into, ""):
        if chosen.match(name):
            tensor = snapshot.tensors.get(name)
            if tensor is None:
                raise InvalidInput(
                    f"into= names {name!r}: {snapshot.name}@{snapshot.version} has no such tensor"
                    f"{_known(snapshot)}",
                    tensor=name,
                )
            filling.add(tensor.part, tensor.start, target(obj, tensor.entry, name))
    chosen.require_all_matched("into=")
    filling.run()
    return into


def _named(into: Any, path: str) -> Iterator[tuple[str, Any]]:
    items: Any
    if isinstance(into, Mapping):
        items = into.items()
    elif isinstance(into, list | tuple):
        items = enumerate(into)
    else:
        yield path, into
        return
    for key, value in items:
        yield from _named(value, f"{path}.{key}" if path else str(key))


def _known(snapshot: Snapshot) -> str:
    names = list(snapshot.tensors)
    if not names:
        return ", nor any other that can be found in it"
    return f"; it has {', '.join(names[:5])}{', ...' if len(names) > 5 else ''}"
