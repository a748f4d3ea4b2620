"""The values of two trees, compared by name."""

from __future__ import annotations

from typing import Any, Final

from casreg.errors import CasregError, Corrupt, InvalidInput
from casreg.materializers import tree
from casreg.materializers.tree import flat
from casreg.materializers.tree.places import VALUE
from casreg.registry.differences import keys
from casreg.registry.differences.facts import KeysDiff
from casreg.registry.differences.parts import content
from casreg.snapshot import Snapshot

_MOST: Final = 16 << 20
"""Bytes of JSON, of which Python's objects take many times as many."""


def compared(a: Snapshot, b: Snapshot) -> KeysDiff | None:
    """None unless both are trees, of at most 16 MiB of values each.

    Raises Corrupt for what is no tree's JSON, InvalidInput for one that this Python cannot parse.
    """
    if not a.head.kind == b.head.kind == "tree":
        return None
    first, second = a.needed_part(VALUE), b.needed_part(VALUE)
    if content(a.index, first) == content(b.index, second):
        return KeysDiff(added={}, removed={}, changed={})
    if max(first.size, second.size) > _MOST:
        return None
    return keys.compared(read(a), read(b))


def parsed(data: bytes) -> dict[str, Any]:
    """A tree's JSON as its values by name. Raises Corrupt, InvalidInput for what this Python cannot parse."""
    try:
        return keys.named(flat.values(tree.parse(data)))
    except RecursionError:
        raise InvalidInput("the value is nested more deeply than this Python allows", part=VALUE) from None
    except ValueError as error:
        raise Corrupt(f"{VALUE} cannot be read: {str(error)[:200]}", part=VALUE) from error


def read(version: Snapshot) -> dict[str, Any]:
    """:func:`parsed`, of a tree that is in a store."""
    try:
        return parsed(version.read(VALUE))
    except CasregError as error:
        raise error.located(name=version.name, version=version.version) from None
