"""The store: does it open, what is in it, does it keep its promises."""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Iterator
from contextlib import suppress
from statistics import median

from casreg import default, refs
from casreg.cli.doctor.check import Check, failed
from casreg.cli.doctor.disk import disk
from casreg.cli.output import plural, seconds
from casreg.errors import CasregError, Corrupt, Denied, StoreNotFound, Unavailable, Unsupported
from casreg.models.store import StoreConfig
from casreg.registry.opening import Opened, open_store
from casreg.registry.resolving import alive
from casreg.stores.local import LocalStore
from casreg.stores.locate import locate
from casreg.stores.probe import probe
from casreg.stores.protocol import Store

_SLOW = 0.1
"""Seconds for a small object on its way to the medium."""
_SAMPLES = 5

_ANOTHER = "name another store with --store or CASREG_STORE"
_REMEDIES = (
    (Unsupported, "use a newer casreg, or another store"),
    (Denied, "ask its owner for rights, and see that credentials are those you mean"),
    (Unavailable, "see that the store can be reached, then try again"),
    (Corrupt, "casreg fsck tells what else is damaged; restore it from a copy of the store"),
)
"""Where the store does not open."""


def store(place: str, *, read_only: bool) -> Iterator[Check]:
    try:
        backend = locate(place, create=False, durability="fsync")
        opened = _open(backend, read_only=True)
    except StoreNotFound as error:
        first = "make the bucket, then " if error.fields.get("code") == "NoSuchBucket" else ""
        remedy = f"{first}{shlex.join(['casreg', 'init', place])}, or {_ANOTHER}"
        yield failed("store", error, remedy)
        return
    except CasregError as error:
        remedy = next((told for kind, told in _REMEDIES if isinstance(error, kind)), _ANOTHER)
        yield failed("store", error, remedy)
        return
    yield Check("store", "ok", f"opens at {backend.url}")
    yield Check("format", "ok", _format(opened.config))
    yield Check("settings", "ok", _settings(opened))
    yield _contents(backend)
    if not read_only:
        yield from _writing(backend)
    if isinstance(backend, LocalStore):
        yield from disk(backend)
    backend.close()


def _open(backend: Store, *, read_only: bool) -> Opened:
    return open_store(
        backend,
        versioned=None,
        mutable=None,
        read_only=read_only,
        create=False,
        durability="fsync",
        now=default.now,
    )


def _format(config: StoreConfig) -> str:
    features = [*config.features.reader, *config.features.writer]
    return f"{config.format}, features: {', '.join(features) or 'none'}"


def _settings(opened: Opened) -> str:
    settings = opened.settings
    return (
        f"{'versioned' if settings.versioned else 'unversioned'}, "
        f"{'mutable' if settings.mutable else 'immutable'}, grace {settings.grace / 3600:g} h, "
        f"made {opened.config.created:%Y-%m-%d}"
    )


def _contents(backend: Store) -> Check:
    try:
        names = refs.names(backend)
        versions = sum(1 for name in names for _ in alive(backend, name))
    except CasregError as error:
        return failed("contents", error, "restore the objects named here from a copy of the store")
    return Check("contents", "ok", f"{plural(len(names), 'name')}, {plural(versions, 'version')}")


def _writing(backend: Store) -> Iterator[Check]:
    """Whether objects can be put, if it is allowed at all."""
    try:
        _open(backend, read_only=False)
        probe(backend)
    except Denied as error:
        yield Check(
            "writing", "warn", f"{error}: it can be read only", "ask its owner for rights, if you need them"
        )
        return
    except Unsupported as error:
        yield failed("writing", error, "keep the store on another file system, or use a newer casreg")
        return
    except CasregError as error:
        yield failed("writing", error, "see that the store can be reached and has space left")
        return
    yield Check("writing", "ok", "of simultaneous creates of one key exactly one wins")
    yield _durability(backend)


def _durability(backend: Store) -> Check:
    key = f"probe/{secrets.token_hex(16)}"
    times = []
    try:
        for number in range(_SAMPLES):
            start = time.perf_counter()
            backend.create(f"{key}.{number}", b"casreg doctor was here")
            times.append(time.perf_counter() - start)
    except CasregError as error:
        return failed("durability", error, "see that the store can be reached and has space left")
    finally:
        for number in range(_SAMPLES):
            with suppress(CasregError):
                backend.remove(f"{key}.{number}")
    took = median(times)
    if not backend.local:
        return Check("durability", "ok", f"the server has a small object safe after {seconds(took)}")
    if took > _SLOW:
        remedy = 'where a power cut may cost the last saves: Registry(..., durability="none")'
        return Check(
            "durability", "warn", f"a small object takes {seconds(took)} to be safe, which is slow", remedy
        )
    return Check("durability", "ok", f"a small object is on the medium after {seconds(took)}")
