"""Whether everything that refs reach is there, and whether it makes sense."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from casreg import refs
from casreg.config import Limits
from casreg.edges import references
from casreg.errors import BlobNotFound, CasregError
from casreg.fsck.findings import Finding, Kind
from casreg.models.manifest import Descriptor, ImageIndex
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store

BLOBS = "blobs/sha256/"
_PLACES = ("settings/", "tags/", "leases/", "condemned/", "probe/", "refs/", BLOBS)


@dataclass
class Survey:
    """What is in the store, and what of it is reached."""

    blobs: dict[str, int] = field(default_factory=dict)
    """Sizes by digest."""
    refs: list[str] = field(default_factory=list)
    """Keys, of all generations; empty objects left out."""
    unknown: list[str] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    """Every version whose tables could be read, superseded generations too."""
    reached: set[str] = field(default_factory=set)


def survey(store: Store) -> Survey:
    """One listing of everything."""
    found = Survey()
    for entry in store.scan(""):
        if entry.key.startswith(BLOBS):
            found.blobs["sha256:" + entry.key[len(BLOBS) :]] = entry.size
        elif entry.key.startswith("refs/"):
            if entry.size:
                found.refs.append(entry.key)
        elif not entry.key.startswith(_PLACES) and entry.key != "casreg.json":
            found.unknown.append(entry.key)
    return found


def check_structure(store: Store, found: Survey) -> Iterator[Finding]:
    """Follow every ref to its packs; bytes of packs are not read."""
    for key in found.unknown:
        yield Finding("unknown", "the format has no place for this object", key)
    for key in found.refs:
        yield from _check_ref(store, found, key)
    for digest, size in found.blobs.items():
        if digest not in found.reached:
            yield Finding("orphan", "no ref reaches this blob", BLOBS + digest[7:], size=size)


def _check_ref(store: Store, found: Survey, key: str) -> Iterator[Finding]:
    try:
        state = refs.parse(key)
    except CasregError:
        yield Finding("unknown", "the key is none that a ref has", key)
        return
    about = partial(Finding, name=str(state.name), version=str(state.version))
    try:
        snapshot = Snapshot(store, state.name, state.version, refs.read(store, state), limits=Limits())
    except BlobNotFound:
        return  # emptied or removed since the listing
    except CasregError as error:
        yield about("corrupt", error.message, key)
        return
    # What a ref reaches is not an orphan, whatever is wrong with it.
    yield from _reach(store, found, snapshot, key, about)


def _reach(
    store: Store, found: Survey, snapshot: Snapshot, key: str, about: Callable[..., Finding]
) -> Iterator[Finding]:
    inline = {blob.digest for blob in snapshot.ref.inline}

    def absent(descriptor: Descriptor, kind: Kind) -> Iterator[Finding]:
        found.reached.add(descriptor.digest)
        if descriptor.digest in inline:
            return
        size = found.blobs.get(descriptor.digest)
        at = BLOBS + descriptor.sha256.hex
        if size is None and (entry := store.stat(at)):  # written after the listing had passed
            size = found.blobs[descriptor.digest] = entry.size
        if size is None:
            yield about(kind, f"{descriptor.media_type} is not there", at)
        elif size != descriptor.size:
            yield about("corrupt", f"has {size} bytes instead of {descriptor.size}", at)

    problems = list(absent(snapshot.ref.manifest, "dangling"))
    try:
        if not problems:
            if isinstance(snapshot.manifest, ImageIndex):
                problems += [p for d in references(snapshot.manifest) for p in absent(d, "missing")]
            if not problems:
                for section in snapshot.sections:
                    problems += [p for d in references(section) for p in absent(d, "missing")]
                tables = {snapshot.sections[0].index.digest, snapshot.sections[0].config.digest}
                if not any("sha256:" + p.key[len(BLOBS) :] in tables for p in problems):
                    _ = snapshot.head, snapshot.index
                    found.snapshots.append(snapshot)
    except CasregError as error:
        digest = error.fields.get("expected")
        at = BLOBS + str(digest)[7:] if digest and digest not in inline else key
        problems.append(about("corrupt", error.message, at))
    yield from dict.fromkeys(problems)  # a blob may be named by several sections
