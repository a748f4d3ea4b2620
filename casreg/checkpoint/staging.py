"""Copies of states, in buffers that the next copy uses again."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterator
from typing import Any

from casreg.checkpoint.host import LIBRARIES, library


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
        found: dict[Hashable, Any] = {}
        for tensor in _tensors(state):
            found.setdefault(_identity(tensor), tensor)
        buffers = self._fitting(found)
        for identity, tensor in found.items():
            _of(tensor).fill(buffers[identity], tensor)
        for each in LIBRARIES:
            each.finish()
        return _rebuilt(state, buffers)

    def clear(self) -> None:
        """Let go of all buffers."""
        self._buffers = {}

    def _fitting(self, found: dict[Hashable, Any]) -> dict[Hashable, Any]:
        """A buffer for each tensor."""
        spare, self._buffers = self._buffers, {}
        buffers = {}
        for identity, tensor in found.items():
            if fitting := spare.get(_of(tensor).layout(tensor)):
                buffers[identity] = fitting.pop()
        spare.clear()
        for identity, tensor in found.items():
            if identity not in buffers:
                buffers[identity] = _of(tensor).buffer(tensor)
            self._buffers.setdefault(_of(tensor).layout(tensor), []).append(buffers[identity])
        return buffers


def _tensors(state: Any) -> Iterator[Any]:
    if isinstance(state, dict):
        for value in state.values():
            yield from _tensors(value)
    elif isinstance(state, list | tuple):
        for value in state:
            yield from _tensors(value)
    elif library(state) is not None:
        yield state


def _rebuilt(state: Any, buffers: dict[Hashable, Any]) -> Any:
    if isinstance(state, dict):
        return type(state)((key, _rebuilt(value, buffers)) for key, value in state.items())
    if isinstance(state, list | tuple):
        return type(state)(_rebuilt(value, buffers) for value in state)
    held = library(state)
    return copy.deepcopy(state) if held is None else held.view(buffers[_identity(state)], state)


def _of(tensor: Any) -> Any:
    held = library(tensor)
    assert held is not None
    return held


def _identity(tensor: Any) -> Hashable:
    held = _of(tensor)
    return type(held), held.identity(tensor)
