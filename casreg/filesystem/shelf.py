"""Registries and snapshots that stay open between calls."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final, NamedTuple

from casreg import default
from casreg.digest import Digest
from casreg.filesystem.tree import Tree
from casreg.names import Reference, Version
from casreg.registry import Registry
from casreg.snapshot import Snapshot

_SNAPSHOTS: Final = 32
"""Of how many versions the index is kept."""


class Opened(NamedTuple):
    """A version."""

    snapshot: Snapshot
    tree: Tree


class Shelf:
    """Thread-safe. ``place``: None for the default store, looked up at every call: it may change."""

    def __init__(self, place: str | None) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._registries: dict[str, Registry] = {}
        self._versions: OrderedDict[tuple[str, str], Opened] = OrderedDict()

    def registry(self) -> Registry:
        """Raises StoreNotFound; never makes a store."""
        place = default.default_store() if self._place is None else self._place
        key = place if "://" in place else str(Path(place).absolute())
        with self._lock:
            if key not in self._registries:
                self._registries[key] = Registry(place, create=False, read_only=True)
            return self._registries[key]

    def version(self, text: str) -> Opened:
        """What a reference stands for now: asked for anew each time, by two requests, unless it is a digest,
        or a version of a store whose versions do not change. What was read of it before is not read again.

        Raises VersionNotFound, and InvalidInput for what is no reference.
        """
        registry = self.registry()
        selector = Reference.parse(text).selector
        fixed = isinstance(selector, Digest) or (isinstance(selector, Version) and not registry.mutable)
        if fixed and (known := self._known((registry.backend.url, text))):
            return known
        snapshot = registry.open(text)
        same = f"{snapshot.name}@{snapshot.version} {snapshot.digest}"
        opened = self._known((registry.backend.url, same)) or Opened(snapshot, Tree(snapshot.parts))
        self._keep((registry.backend.url, text if fixed else same), opened)
        return opened

    def _known(self, key: tuple[str, str]) -> Opened | None:
        with self._lock:
            if key in self._versions:
                self._versions.move_to_end(key)
            return self._versions.get(key)

    def _keep(self, key: tuple[str, str], opened: Opened) -> None:
        with self._lock:
            self._versions[key] = opened
            self._versions.move_to_end(key)
            if len(self._versions) > _SNAPSHOTS:
                self._versions.popitem(last=False)
