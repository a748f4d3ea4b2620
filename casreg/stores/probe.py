"""Does a store do what it promises? Asked of the store itself, before anything is entrusted to it."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

from casreg.errors import BlobNotFound, CasregError, Unsupported
from casreg.stores.protocol import Store


def probe(store: Store, *, writers: int = 8, rounds: int = 4) -> None:
    """Raise Unsupported, with the reason, unless ``create`` is atomic and listings are up to date.

    In each round ``writers`` threads create one fresh key at the same moment and exactly one may be
    told that it did. What is put under ``probe/`` is taken away again. That a store passes is
    evidence, not proof; that it fails is proof. Other errors of the store pass through: they say that
    the question could not be asked.
    """
    # One folder, not one per probe: on a disk an emptied folder stays.
    prefix = f"probe/{secrets.token_hex(16)}."
    try:
        with ThreadPoolExecutor(writers) as pool:
            for number in range(rounds):
                key = f"{prefix}{number}"
                _race(store, key, writers, pool)
                _check_listed(store, prefix, number + 1)
        _check_taken(store, key)
        _check_removed(store, prefix, key, rounds - 1)
    finally:
        for number in range(rounds):
            with suppress(CasregError):
                store.remove(f"{prefix}{number}")


def _race(store: Store, key: str, writers: int, pool: ThreadPoolExecutor) -> None:
    barrier = Barrier(writers)
    offers = [f"{key} by writer {number}".encode() for number in range(writers)]

    def attempt(offer: bytes) -> bool:
        barrier.wait()
        return store.create(key, offer)

    # All are waited for before any failure is raised: none is left running.
    attempts = [pool.submit(attempt, offer) for offer in offers]
    won = [offer for offer, made in zip(offers, [a.result() for a in attempts], strict=True) if made]
    if len(won) != 1:
        raise _unfit(store, f"{len(won)} of {writers} simultaneous creates of one key were told they made it")
    if _content(store, key) != won[0]:
        raise _unfit(store, "an object just created reads differently from what its creator put")


def _check_listed(store: Store, prefix: str, count: int) -> None:
    listed = [entry.key for entry in store.scan(prefix)]
    if listed != [f"{prefix}{number}" for number in range(count)]:
        raise _unfit(store, f"{count} objects were just created, a listing shows {len(listed)}, or unsorted")


def _check_taken(store: Store, key: str) -> None:
    before = _content(store, key)
    if store.create(key, b"late"):
        raise _unfit(store, "create reported success although the object was there")
    if _content(store, key) != before:
        raise _unfit(store, "create replaced an object that was there")


def _check_removed(store: Store, prefix: str, key: str, left: int) -> None:
    store.remove(key)
    if _content(store, key) is not None or store.stat(key) is not None:
        raise _unfit(store, "an object just removed can still be read")
    if any(entry.key == key for entry in store.scan(prefix)):
        raise _unfit(store, "an object just removed is still listed")
    _check_listed(store, prefix, left)
    store.remove(key)
    if not store.create(key, b"again"):
        raise _unfit(store, "a removed object cannot be created again")


def _content(store: Store, key: str) -> bytes | None:
    with suppress(BlobNotFound):
        return store.read(key)
    return None


def _unfit(store: Store, reason: str) -> Unsupported:
    return Unsupported(f"{store.url} cannot be written to safely: {reason}", store=store.url, reason=reason)
