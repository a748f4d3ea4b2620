"""The settings of a store: the first ones in ``casreg.json``, later ones ``settings/<generation>``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from casreg.models.base import MAX_DOCUMENT
from casreg.models.store import Settings, StoreConfig
from casreg.names.version import ascending, descending
from casreg.stores.protocol import Store

PREFIX: Final = "settings/"


def current(store: Store, config: StoreConfig) -> Settings:
    """One listing, and if they ever changed, one read."""
    return _current(store, config)[1]


def change(store: Store, config: StoreConfig, update: Callable[[Settings], Settings]) -> Settings:
    """Make what ``update`` makes of the current settings the current ones; nothing is written if that is
    the same. Whoever changes them meanwhile is not undone: ``update`` may be called again, on theirs.

    Atomic; safe to repeat where the answer was lost (Uncertain).
    """
    while True:
        generation, settings = _current(store, config)
        wanted = update(settings)
        if wanted == settings or store.create(f"{PREFIX}{descending(generation + 1)}", wanted.encode()):
            return wanted


def _current(store: Store, config: StoreConfig) -> tuple[int, Settings]:
    newest = next(store.scan(PREFIX), None)
    if newest is None:
        return 0, config.settings
    data = store.read(newest.key, 0, MAX_DOCUMENT + 1)
    return ascending(newest.key.removeprefix(PREFIX)), Settings.decode(data)
