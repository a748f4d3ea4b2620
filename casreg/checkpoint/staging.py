"""Copies of states, in buffers that the next copy uses again."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Hashable, Iterator
from typing import Any, TypeAlias

from casreg.checkpoint.host import LIBRARIES, Library, library

Tensor: TypeAlias = tuple[Library, Any]
"""A tensor, and what knows how to copy it."""


class Staging:
    """Memory for one copy of a state: as much as the last state took."""

    def __init__(self) -> None:
        self._buffers: dict[Hashable, list[Any]] = {}
        """By layout."""

    def copy(self, state: Any) -> Any:
        """``state``, its tensors copied into buffers, all else deep copied. It must be a tree that a
        materializer has accepted.

        Overwrites the copy that was made before. Tensors that share memory are copied once and share it
        in the copy, too. Buffers of the last copy are used for tensors of the same layout; those that
        fit none are freed before others are made.
        """
        found: dict[Hashable, Tensor] = {}
        identities: dict[int, Hashable] = {}
        for held, tensor in _tensors(state):
            found.setdefault(whose := (held, held.identity(tensor)), (held, tensor))
            identities[id(tensor)] = whose
        buffers = self._fitting(found)
        for identity, (held, tensor) in found.items():
            held.fill(buffers[identity], tensor)
        for each in LIBRARIES:
            each.finish(tensor for held, tensor in found.values() if held is each)
        return _rebuilt(state, {object: buffers[identity] for object, identity in identities.items()})

    def clear(self) -> None:
        """Let go of all buffers."""
        self._buffers = {}

    def _fitting(self, found: dict[Hashable, Tensor]) -> dict[Hashable, Any]:
        """A buffer for each tensor."""
        spare, self._buffers = self._buffers, {}
        layouts = {identity: (held, held.layout(tensor)) for identity, (held, tensor) in found.items()}
        buffers = {}
        for identity, layout in layouts.items():
            if fitting := spare.get(layout):
                buffers[identity] = fitting.pop()
        spare.clear()
        for identity, (held, tensor) in found.items():
            if identity not in buffers:
                buffers[identity] = held.buffer(tensor)
            self._buffers.setdefault(layouts[identity], []).append(buffers[identity])
        return buffers


def _tensors(state: Any) -> Iterator[Tensor]:
    if isinstance(state, dict):
        for value in state.values():
            yield from _tensors(value)
    elif isinstance(state, list | tuple | deque):
        for value in state:
            yield from _tensors(value)
    elif (held := library(state)) is not None:
        yield held, state


def _rebuilt(state: Any, buffers: dict[int, Any]) -> Any:
    """``state`` with each tensor's copy in its place; ``buffers`` by the id of the tensor's object."""
    if isinstance(state, dict):
        rebuilt = copy.copy(state)  # of its own type, with the default_factory that it may have
        for key, value in state.items():
            rebuilt[key] = _rebuilt(value, buffers)
        if hasattr(state, "__dict__"):  # torch gives state dicts an attribute, _metadata
            vars(rebuilt).update(copy.deepcopy(vars(state)))
        return rebuilt
    if isinstance(state, tuple):
        return tuple.__new__(type(state), [_rebuilt(value, buffers) for value in state])
    if isinstance(state, list):
        return [_rebuilt(value, buffers) for value in state]
    if isinstance(state, deque):
        return deque([_rebuilt(value, buffers) for value in state], state.maxlen)
    held = library(state)
    return copy.deepcopy(state) if held is None else held.view(buffers[id(state)], state)
