"""Saving: object -> parts -> packs and index -> manifest -> ref."""

from __future__ import annotations

import logging
from typing import Any, Self

from casreg import commit, materializers, refs
from casreg.commit import Candidate
from casreg.digest import Digest
from casreg.leases import LeaseExpired
from casreg.materializers import Dumped, Materializer
from casreg.materializers.tree.pack import keep_as_text
from casreg.models.head import Head
from casreg.models.ref import MAX_INLINE, Ref
from casreg.names import Name, Reference, Version
from casreg.refs import State
from casreg.registry.attempt import Attempt
from casreg.registry.bases import bases, newest
from casreg.registry.holding import require_unprotected, settle_overwrite
from casreg.registry.opening import Opened
from casreg.registry.order import Order
from casreg.stores.protocol import Store
from casreg.tensors import Tensor
from casreg.writer import Known, assemble, write_parts

log = logging.getLogger("casreg")
_ATTEMPTS = 3


class Saved(str):
    """The version that a save made: a string, and what the save did."""

    __slots__ = ("base", "chunks", "content", "digest", "name", "plain", "resumed", "reused", "stored")
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
    base: str | None
    """``name@version`` of the version that was continued; None if there is none, or none was looked at."""

    @classmethod
    def made(cls, version: Version, **fields: Any) -> Self:
        self = cls(version)
        for field, value in fields.items():
            setattr(self, field, value)
        return self


keep_as_text(Saved)  # a version that is noted within a value is a version


def save(opened: Opened, obj: object, order: Order) -> Saved:
    """Save ``obj``; visible whole at the end, or not at all. What outlasts its lease starts over."""
    users = opened.settings.materializers or {}
    materializer = materializers.choose(obj, order.materializer, registered=users, trust=order.trust)
    return save_by(opened, materializer, obj, order)


def save_by(opened: Opened, materializer: Materializer, obj: object, order: Order) -> Saved:
    """Save ``obj`` as a materializer has it, likewise."""
    for number in range(_ATTEMPTS):
        dumped = materializer.dump(obj, _params(opened, order), order.trust)
        try:
            return save_parts(opened, materializer.kind, dumped.python_class(obj), dumped, order)
        except LeaseExpired:
            if not dumped.repeatable or number == _ATTEMPTS - 1:
                raise
            log.warning("the lease of saving %s ran out; starting over", order.name)
        finally:
            dumped.release()
    raise AssertionError("the last attempt returns or raises")


def save_parts(opened: Opened, kind: str, python_class: str, dumped: Dumped, order: Order) -> Saved:
    """Save what an object, of a kind and a ``module.Class``, was dumped as. Raises LeaseExpired."""
    with Attempt(opened, order.name, order.clock, order.journals) as attempt:
        return _save(opened, kind, python_class, dumped, order, attempt)


def _save(
    opened: Opened, kind: str, python_class: str, dumped: Dumped, order: Order, attempt: Attempt
) -> Saved:
    store, name, fence = opened.store, order.name, attempt.fence
    candidate, known = None, Known()
    parts = dumped.parts
    if dumped.size is None or dumped.size > MAX_INLINE or isinstance(order.base, Reference):
        # W1; smaller things travel inline: they need no lease, and their chunks are nobody else's.
        attempt.begin()
        states = newest(store, name)
        candidate = _candidate(store, order, states)
        tensors: list[Tensor] = []
        if order.base == "auto":
            parts = list(parts)
            tensors = [tensor for part in parts for tensor in part.tensors]
        known = Known(bases(store, order, states, tensors), attempt.resumed)
    if dumped.continued and order.base != "auto":
        parts = dumped.continued(known.inflated)
    written = write_parts(
        store,
        parts,
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
        python_class=python_class,
        materializer=dumped.materializer,
        init_params=order.init_params,
        metadata=order.metadata,
        content=written.index.content(),
        size=written.plain,
        stored_size=written.held,
        parts=len(written.index.paths),
        parent=known.continued.digest if known.continued else None,
        nonce=attempt.nonce,
    )
    assembled = assemble(fence.write, written, head)
    ref = Ref(
        manifest=assembled.manifest,
        **order.sign(),
        stored=assembled.stored,
        flushed=store.durable,
        inline=assembled.inline,
    )
    attempt.commits()
    committed = commit.commit_version(
        store, name, ref, candidate, lambda: _candidate(store, order), fence, order.clock
    )
    version = committed.version
    if committed.overwrites:
        settle_overwrite(store, name, version, committed.generation, order.sign, order.clock)
    base = known.continued.name if known.continued else None
    log.info("saved %s@%s upon %s: %d bytes, %d stored", name, version, base, written.plain, assembled.stored)
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
        base=base,
    )


def _params(opened: Opened, order: Order) -> dict[str, Any]:
    """What was asked for, without what readers of the store need not know of."""
    known = "inflated" in opened.config.features.reader
    return order.init_params if known else {**order.init_params, "inflate": False}


def _amplification(opened: Opened) -> float | None:
    """None where readers need not know of deltas."""
    return opened.settings.read_amplification if "delta" in opened.config.features.reader else None


def _candidate(store: Store, order: Order, states: list[State] | None = None) -> Candidate:
    """Where the version goes; one listing, none for an automatic number whose ``states`` are at hand.

    Raises RegistryVersionConflict: before gigabytes are written in vain, and again at the commit.
    """
    listed = order.clock()
    if order.version is None:
        found = refs.states(store, order.name) if states is None else states
        return commit.next_number(found, listed, order.first)
    state = refs.state(store, order.name, order.version)
    if state and state.alive and order.overwrite:
        require_unprotected(store, order.name, order.version)
    return commit.this_version(order.name, order.version, state, listed, overwrite=order.overwrite)
