"""Opening a store, making it where there is none (spec/store.md). Two requests."""

from __future__ import annotations

import secrets
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from casreg.errors import BlobNotFound, InvalidInput, StoreNotFound
from casreg.models.base import MAX_DOCUMENT
from casreg.models.store import Settings, StoreConfig, parse_config
from casreg.registry.settings import current
from casreg.stores.locate import locate
from casreg.stores.probe import probe
from casreg.stores.protocol import Store
from casreg.stores.readonly import ReadOnlyStore

CONFIG = "casreg.json"
PROBES = "probe/"
_OF_MINDTRACE: Final = "registry_metadata.json"
"""What a store of mindtrace-registry's has."""


@dataclass(frozen=True, slots=True)
class Opened:
    store: Store
    config: StoreConfig
    settings: Settings


def open_store(
    backend: Store | str | Path,
    *,
    versioned: bool | None,
    mutable: bool | None,
    version_digits: int | None = None,
    read_amplification: float | None = None,
    grace: float | None = None,
    undo_window: float | None = None,
    read_only: bool,
    create: bool,
    durability: str,
    now: Callable[[], datetime],
) -> Opened:
    """Open the store at ``backend``; with ``create`` make it if there is none.

    Raises StoreNotFound, Unsupported for features this casreg lacks or a backend that cannot create
    atomically, InvalidInput if one of ``versioned`` to ``undo_window`` is given and not what the store says,
    or is nothing that a store could say.
    """
    create = create and not read_only
    _require_flags(version_objects=versioned, mutable=mutable)
    if read_amplification is not None:
        read_amplification = _amplification(read_amplification)
    if version_digits is not None:
        _require_digits(version_digits)
    _require_seconds(grace=grace, undo_window=undo_window)
    if not isinstance(backend, Store | str | Path):
        raise InvalidInput(f"a backend is a path, a URL or a store, not {type(backend).__name__}")
    try:
        store = (
            backend if isinstance(backend, Store) else locate(backend, create=create, durability=durability)
        )
    except StoreNotFound:
        raise _no_store(str(backend)) from None
    try:
        data = store.read(CONFIG, 0, MAX_DOCUMENT + 1)
    except BlobNotFound:
        if not create:
            raise _no_store(store.url) from None
        given_first = {"read_amplification": read_amplification, "grace": grace, "undo_window": undo_window}
        first = Settings(
            versioned=bool(versioned), mutable=bool(mutable), version_digits=version_digits
        ).model_copy(update={word: float(given) for word, given in given_first.items() if given is not None})
        data = _make(store, first, now)
    config = parse_config(data)
    if not read_only:
        config.require_writable()
    settings = current(store, config)
    for word, given, kept in (
        ("version_objects", versioned, settings.versioned),
        ("mutable", mutable, settings.mutable),
        ("version_digits", version_digits, settings.version_digits),
        ("read_amplification", read_amplification, settings.read_amplification),
        ("grace", grace, settings.grace),
        ("undo_window", undo_window, settings.undo_seconds),
    ):
        if given is not None and given != kept:
            raise InvalidInput(
                f"{word}={given} was given, but the store at {store.url} was made with {word}={kept}"
            )
    return Opened(ReadOnlyStore(store) if read_only else store, config, settings)


def _amplification(given: float) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 1 <= given <= sys.float_info.max:
        raise InvalidInput(
            f"read_amplification={given!r}: a number from 1.0 up, of bytes read for each byte that is loaded"
        )
    return float(given)


def _require_flags(**given: object) -> None:
    for word, flag in given.items():
        if flag is not None and flag not in (True, False):
            raise InvalidInput(f"{word}={flag!r}: True or False, or None for what the store says")


def _require_digits(given: int) -> None:
    if type(given) is not int or not 1 <= given <= 8:
        raise InvalidInput(f"version_digits={given!r}: how many parts versions have, 1 to 8")


def _require_seconds(**given: float | None) -> None:
    for word, seconds in given.items():
        if seconds is None:
            continue
        number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not number or not 0 <= seconds <= sys.float_info.max:
            raise InvalidInput(f"{word}={seconds!r}: seconds, 0 for none")


def _no_store(url: str) -> StoreNotFound:
    remedy = f"make one with `casreg init {shlex.quote(url)}`"
    return StoreNotFound(f"there is no casreg store at {url}: {remedy}", store=url)


def _make(store: Store, settings: Settings, now: Callable[[], datetime]) -> bytes:
    others = (entry.key for entry in store.scan("") if not entry.key.startswith(PROBES))
    first = next(others, CONFIG)  # somebody else may be making this store at the same moment
    if first != CONFIG:
        why = f"{store.url} holds other files and no casreg.json: a store is made in an empty place"
        if store.local and store.stat(_OF_MINDTRACE):
            why = (
                f"{store.url} is a store of mindtrace-registry's: `casreg init PLACE` makes one elsewhere,"
                f" and `casreg import-mindtrace {store.url} --store PLACE` copies its objects there"
            )
        raise InvalidInput(why, store=store.url)
    probe(store)
    config = StoreConfig(id=secrets.token_hex(16), created=now(), settings=settings)
    store.create(CONFIG, config.encode())
    return store.read(CONFIG)  # somebody else may have been first
