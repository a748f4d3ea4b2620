"""Saving: object -> parts -> packs and index -> manifest -> ref."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from casreg import commit, materializers, refs
from casreg.commit import Candidate
from casreg.condemned import condemned
from casreg.config import Limits
from casreg.digest import Digest
from casreg.errors import BlobNotFound, Corrupt
from casreg.journal import Journals
from casreg.leases import LeaseExpired
from casreg.materializers import Dumped
from casreg.models.head import Head
from casreg.models.manifest import Descriptor
from casreg.models.ref import MAX_INLINE, Ref
from casreg.names import Name, Reference, Version
from casreg.progress import Progress
from casreg.refs import State
from casreg.registry.attempt import Attempt
from casreg.registry.opening import Opened
from casreg.registry.resolving import resolve
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store
from casreg.writer import Base, Known, assemble, write_parts

log = logging.getLogger("casreg")
NEWEST = 8
"""Chunks are looked up in the version being continued, then in this many newest ones."""
_ATTEMPTS = 3


class Saved(str):
    """The version that a save made: a string, and what the save did."""

    __slots__ = ("chunks", "content", "digest", "name", "plain", "resumed", "reused", "stored")
    name: Name
    digest: Digest
    """Of the manifest."""
    content: str
    """BLAKE3 over paths and chunks: equal for equal input."""
    plain: int
    """Bytes of the object."""
    stored: int
    """Bytes newly stored: of packs, after compression."""
    resumed: int
    """How many of them an interrupted save of the same name had stored already."""
    chunks: int
    reused: int
    """How many of the chunks were there already."""

    @classmethod
    def made(cls, version: Version, **fields: Any) -> Self:
        self = cls(version)
        for field, value in fields.items():
            setattr(self, field, value)
        return self


@dataclass(frozen=True)
class Order:
    """What a caller of ``save`` asked for, checked."""

    name: Name
    version: Version | None
    """None: the next number."""
    overwrite: bool
    metadata: dict[str, Any]
    init_params: dict[str, Any]
    base: Reference | None
    limits: Limits
    now: Callable[[], datetime]
    clock: Callable[[], float]
    """Seconds, counting suspension: for leases."""
    progress: Progress
    journals: Journals | None = None
    """Where saves leave word for the case that they are interrupted."""


def save(opened: Opened, obj: object, order: Order) -> Saved:
    """Save ``obj``; visible whole at the end, or not at all. What outlasts its lease starts over."""
    materializer = materializers.choose(obj)
    for number in range(_ATTEMPTS):
        dumped = materializer.dump(obj, order.init_params)
        cls = dumped.loads_as or type(obj)
        try:
            with Attempt(opened, order.name, order.clock, order.journals) as attempt:
                return _save(opened, materializer.kind, cls, dumped, order, attempt)
        except LeaseExpired:
            if not dumped.repeatable or number == _ATTEMPTS - 1:
                raise
            log.warning("the lease of saving %s ran out; starting over", order.name)
    raise AssertionError("the last attempt returns or raises")


def _save(opened: Opened, kind: str, cls: type, dumped: Dumped, order: Order, attempt: Attempt) -> Saved:
    store, name, fence = opened.store, order.name, attempt.fence
    candidate, known = None, Known()
    if dumped.size is None or dumped.size > MAX_INLINE or order.base is not None:
        # W1; smaller things travel inline: they need no lease, and their chunks are nobody else's.
        attempt.begin()
        states = _newest(store, name)
        candidate = _candidate(store, order, states)
        known = Known(_bases(store, order, states), attempt.resumed)
    written = write_parts(
        store,
        dumped.parts,
        write=attempt.write_pack,
        chunking=opened.config.chunking,
        limits=order.limits,
        nonce=attempt.nonce,
        known=known,
        amplification=_amplification(opened),
        progress=order.progress,
        total=dumped.size,
    )
    head = Head(
        kind=kind,
        python_class=f"{cls.__module__}.{cls.__qualname__}",
        init_params=order.init_params,
        metadata=order.metadata,
        content=written.index.content(),
        size=written.plain,
        stored_size=written.held,
        parts=len(written.index.paths),
        parent=known.continued,
    )
    assembled = assemble(fence.write, written, head)
    ref = Ref(
        manifest=assembled.manifest,
        created=order.now(),
        write=secrets.token_hex(16),
        stored=assembled.stored,
        flushed=store.durable,
        inline=assembled.inline,
    )
    attempt.commits()
    version = commit.commit_version(
        store, name, ref, candidate, lambda: _candidate(store, order), fence, order.clock
    )
    log.info("saved %s@%s: %d bytes, %d stored", name, version, written.plain, assembled.stored)
    return Saved.made(
        version,
        name=name,
        digest=assembled.manifest.sha256,
        content=head.content,
        plain=written.plain,
        stored=assembled.stored,
        resumed=written.resumed,
        chunks=written.chunks,
        reused=written.reused,
    )


def _amplification(opened: Opened) -> float | None:
    """None where readers need not know of deltas."""
    return opened.settings.read_amplification if "delta" in opened.config.features.reader else None


def _newest(store: Store, name: Name) -> list[State]:
    """Versions from the highest down, until there are enough to reuse from; one listing."""
    states: list[State] = []
    alive = 0
    for state in refs.states(store, name):
        states.append(state)
        alive += state.alive
        if alive > NEWEST:
            break
    return states


def _candidate(store: Store, order: Order, states: list[State] | None = None) -> Candidate:
    """Where the version goes; one listing, none for an automatic number whose ``states`` are at hand.

    Raises RegistryVersionConflict: before gigabytes are written in vain, and again at the commit.
    """
    listed = order.clock()
    if order.version is None:
        return commit.next_number(refs.states(store, order.name) if states is None else states, listed)
    state = refs.state(store, order.name, order.version)
    return commit.this_version(order.name, order.version, state, listed, overwrite=order.overwrite)


def _bases(store: Store, order: Order, states: list[State]) -> Iterator[Base]:
    """What chunks may be reused from: ``base``, then the newest versions of the name.

    W2, then W3: condemned lists are read before refs. A list made later waits for this save's lease.
    """
    alive = [state for state in states if state.alive]
    if order.base is None and not alive:
        return
    dead = condemned(store)

    def base(snapshot: Snapshot) -> Base:
        unusable = dead | {blob.digest for blob in snapshot.ref.inline}
        if store.durable and not snapshot.ref.flushed:
            unusable |= {pack.digest for pack in snapshot.packs}
        elif store.local:  # where it costs next to nothing, damage is not built upon
            unusable |= {pack.digest for pack in snapshot.packs if not _there(store, pack)}
        return Base(snapshot.index, snapshot.packs, unusable, snapshot.digest, snapshot.chunk)

    if order.base is not None:
        state, ref = resolve(store, order.base)
        yield base(Snapshot(store, state.name, state.version, ref, limits=order.limits))
    for recent in alive:
        try:
            ref = refs.read(store, recent)
            yield base(Snapshot(store, order.name, recent.version, ref, limits=order.limits))
        except BlobNotFound:
            continue  # gone since the listing
        except Corrupt as error:
            log.warning("not reusing chunks of %s@%s: %s", order.name, recent.version, error)


def _there(store: Store, pack: Descriptor) -> bool:
    entry = store.stat(pack.sha256.key)
    return entry is not None and entry.size == pack.size
