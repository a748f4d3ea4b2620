"""The settings of a store: the newest ``settings/<generation>``, else those it was made with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from casreg.errors import Unavailable, Uncertain
from casreg.models.base import MAX_DOCUMENT
from casreg.models.store import Settings, StoreConfig
from casreg.names.version import ascending, descending
from casreg.stores.protocol import Store

PREFIX: Final = "settings/"
_ROUNDS: Final = 100


def current(store: Store, config: StoreConfig) -> Settings:
    """One listing, and one read if they were ever changed."""
    return _newest(store, config)[0]


def change(store: Store, config: StoreConfig, how: Callable[[Settings], Settings]) -> Settings:
    """Replace the settings by what ``how`` makes of them; those that then hold.

    Atomic: who loses a race changes what the winner made. ``how`` may be called again on what it has made,
    after an answer was lost, and then makes no more of it.
    """
    for _ in range(_ROUNDS):
        before, generation = _newest(store, config)
        after = how(before)
        if after == before:
            return before
        try:
            if store.create(f"{PREFIX}{descending(generation + 1)}", after.encode()):
                return after
        except Uncertain:
            continue  # the next listing tells
    raise Unavailable(f"the settings of {store.url} are changed by too many others at once", store=store.url)


def _newest(store: Store, config: StoreConfig) -> tuple[Settings, int]:
    """The settings, and their generation: 0 for the first ones, which are in casreg.json."""
    newest = next(store.scan(PREFIX), None)
    if newest is None:
        return config.settings, 0
    settings = Settings.decode(store.read(newest.key, 0, MAX_DOCUMENT + 1))
    return settings, ascending(newest.key.removeprefix(PREFIX))
