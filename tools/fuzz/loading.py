"""Forged versions, loaded: the whole way from the ref on, through the materializer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from casreg import refs
from casreg.config import Limits
from casreg.materializers import Request, named
from casreg.snapshot import Snapshot
from casreg.stores.memory import MemoryStore
from casreg.tensors import Tensor
from tools.fuzz.forged import forge


def load(
    parts: Mapping[str, bytes], kind: str, tensors: Iterable[tuple[int, Tensor]] = (), **params: Any
) -> Any:
    """The object of a version of these parts, with the tensors that its index tells of."""
    store = MemoryStore()
    forge(store, parts, kind=kind, tensors=tensors)
    state = refs.parse(next(store.scan("refs/")).key)
    with Snapshot(store, state.name, state.version, refs.read(store, state), limits=Limits()) as snapshot:
        return named(kind).load(snapshot, Request(params=params))
