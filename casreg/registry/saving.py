"""Saving: object -> parts -> packs and index -> manifest -> ref."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Self

from casreg import commit, materializers, refs
from casreg.config import Limits
from casreg.digest import Digest
from casreg.errors import BlobNotFound, Corrupt, RegistryVersionConflict
from casreg.models.head import Head
from casreg.models.ref import MAX_INLINE, Ref
from casreg.names import Name, Reference, Version
from casreg.progress import Progress
from casreg.registry.metadata import checked
from casreg.registry.opening import Opened
from casreg.registry.resolving import alive, resolve
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store
from casreg.writer import Base, Known, assemble, write_parts

log = logging.getLogger("casreg")
NEWEST = 8
"""Chunks are looked up in the version being continued, then in this many newest ones."""


class Saved(str):
    """The version that a save made: a string, and what the save did."""

    __slots__ = ("chunks", "content", "digest", "name", "plain", "reused", "stored")
    name: Name
    digest: Digest
    """Of the manifest."""
    content: str
    """BLAKE3 over paths and chunks: equal for equal input."""
    plain: int
    """Bytes of the object."""
    stored: int
    """Bytes newly stored: of packs, after compression."""
    chunks: int
    reused: int
    """How many of the chunks were there already."""

    @classmethod
    def made(cls, version: Version, **fields: Any) -> Self:
        self = cls(version)
        for field, value in fields.items():
            setattr(self, field, value)
        return self


def save(
    opened: Opened,
    name: Name,
    obj: object,
    *,
    version: Version | None,
    overwrite: bool,
    metadata: Mapping[str, Any] | None,
    init_params: Mapping[str, Any] | None,
    base: Reference | None,
    limits: Limits,
    now: Callable[[], datetime],
    progress: Progress,
) -> Saved:
    """Save ``obj``; visible whole at the end, or not at all."""
    store = opened.store
    kept, params = checked(metadata, "metadata"), checked(init_params, "init_params")
    materializer = materializers.choose(obj)
    dumped = materializer.dump(obj, params)
    if dumped.size is not None and dumped.size <= MAX_INLINE and base is None:
        known = Known()  # small things travel inline, and inline chunks are nobody else's
    else:
        if version is not None and not overwrite:
            _require_absent(store, name, version)
        known = Known(_bases(store, name, base, limits))
    written = write_parts(
        store,
        dumped.parts,
        chunking=opened.config.chunking,
        limits=limits,
        nonce=secrets.token_hex(16),
        known=known,
        progress=progress,
        total=dumped.size,
    )
    cls = dumped.loads_as or type(obj)
    head = Head(
        kind=materializer.kind,
        python_class=f"{cls.__module__}.{cls.__qualname__}",
        init_params=params,
        metadata=kept,
        content=written.index.content(),
        size=written.plain,
        stored_size=written.held,
        parts=len(written.index.paths),
        parent=known.bases[0].digest if known.bases else None,
    )
    assembled = assemble(store, written, head)
    ref = Ref(
        manifest=assembled.manifest,
        created=now(),
        write=secrets.token_hex(16),
        stored=assembled.stored,
        inline=assembled.inline,
    )
    committed = commit.commit_version(store, name, ref, version, overwrite=overwrite)
    log.info("saved %s@%s: %d bytes, %d stored", name, committed, written.plain, assembled.stored)
    return Saved.made(
        committed,
        name=name,
        digest=assembled.manifest.sha256,
        content=head.content,
        plain=written.plain,
        stored=assembled.stored,
        chunks=written.chunks,
        reused=written.reused,
    )


def _require_absent(store: Store, name: Name, version: Version) -> None:
    """Before gigabytes are written in vain; the commit asks again."""
    state = refs.state(store, name, version)
    if state and state.alive:
        raise RegistryVersionConflict(
            f"{name}@{version} is there already, and is not overwritten", name=name, version=version
        )


def _bases(store: Store, name: Name, base: Reference | None, limits: Limits) -> Iterator[Base]:
    """What chunks may be reused from: ``base``, then the newest versions of the name."""
    if base is not None:
        state, ref = resolve(store, base)
        yield _base(Snapshot(store, state.name, state.version, ref, limits=limits))
    for count, state in enumerate(alive(store, name)):
        if count > NEWEST:
            return
        try:
            yield _base(Snapshot(store, name, state.version, refs.read(store, state), limits=limits))
        except BlobNotFound:
            continue  # gone since the listing
        except Corrupt as error:
            log.warning("not reusing chunks of %s@%s: %s", name, state.version, error)


def _base(snapshot: Snapshot) -> Base:
    inline = frozenset(blob.digest for blob in snapshot.ref.inline)
    return Base(snapshot.index, snapshot.packs, inline, snapshot.digest)
