"""Whether everything that a ref reaches is there, and whether it makes sense.

The walk goes on where it can: what is damaged takes only that along which it alone leads to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from casreg import mediatypes, refs
from casreg.blobs import Blobs
from casreg.edges import references
from casreg.errors import BlobNotFound, CasregError
from casreg.fsck.findings import Finding, Kind
from casreg.fsck.owners import owners
from casreg.fsck.survey import BLOBS, Held, Survey
from casreg.fsck.unreadable import reason
from casreg.models.base import MAX_DOCUMENT
from casreg.models.columns import MAX_PLAIN
from casreg.models.head import MAX_HEAD, Head
from casreg.models.index import Index
from casreg.models.manifest import Descriptor, ImageIndex, Manifest, decode
from casreg.models.ref import MAX_INLINE, Ref
from casreg.stores.protocol import Store

T = TypeVar("T")

_WHAT: Final = {
    mediatypes.MANIFEST: "the manifest",
    mediatypes.IMAGE_INDEX: "the image index",
    mediatypes.HEAD: "the head",
    mediatypes.INDEX: "the index",
    mediatypes.PACK: "a pack",
}


@dataclass
class Version:
    """What a ref was found to lead to."""

    held: Held
    ref: Ref | None = None
    """None if it cannot be read."""
    packs: list[Descriptor] = field(default_factory=list)
    index: Index | None = None
    reached: set[str] = field(default_factory=set)
    """Digests."""
    entire: bool = False
    """Whether everything that it reaches is known."""
    findings: list[Finding] = field(default_factory=list)


def check_version(store: Store, found: Survey, held: Held) -> Version | None:
    """Follow a ref to its packs, whose bytes are not read. None if it is gone by now."""
    version = Version(held)
    try:
        version.ref = refs.read(store, held.state)
    except BlobNotFound:
        return None
    except CasregError as error:
        key = held.state.key
        version.findings.append(about(held)("corrupt", reason(store, key, error), key))
        return version
    _Walk(store, found, version, version.ref).run()
    absent = any(finding.kind in ("missing", "dangling") for finding in version.findings)
    return None if absent and not stands(store, held) else version


def stands(store: Store, held: Held) -> bool:
    """Whether the ref is still there: if not, its blobs may be gone as well."""
    entry = store.stat(held.state.key)
    return entry is not None and entry.size > 0


def about(held: Held) -> Callable[..., Finding]:
    """Makes findings that say which version they are about."""
    state = held.state
    generation = None if held.current else state.generation
    return partial(Finding, name=str(state.name), version=str(state.version), generation=generation)


class _Walk:
    def __init__(self, store: Store, found: Survey, version: Version, ref: Ref) -> None:
        self._store, self._found, self._version, self._ref = store, found, version, ref
        self._key = version.held.state.key
        self._about = about(version.held)
        self._blobs = Blobs(store, ref)
        self._inline = {blob.digest: blob.size for blob in ref.inline}
        self._there: dict[str, bool] = {}
        self._lost: list[Descriptor] = []

    def run(self) -> None:
        version = self._version
        sections = self._sections()
        version.entire = None not in sections
        known = [section for section in sections if section is not None]
        for section in known:
            for descriptor in references(section):
                self._present(descriptor)
        version.packs = [pack for section in known for pack in section.packs]
        if known:
            head = self._parsed(known[0].config, MAX_HEAD, Head.decode)
            if sections[0] is not None and (table := self._table(sections[0])):
                sizes = [pack.size for pack in version.packs]
                if version.entire:
                    version.index = self._parsed(table, MAX_PLAIN, lambda blob: Index.decode(blob, sizes))
                else:
                    self._read(table, MAX_PLAIN)
            if head and version.index:
                self._compare(known[0].config, head, version.index)
        self._tell_lost_packs()
        self._check_inline()
        version.reached = set(self._there)

    def _sections(self) -> list[Manifest | None]:
        """The manifests of the version in order, None for each that cannot be had."""
        described = self._ref.manifest
        first = self._manifest(described, "dangling")
        if not isinstance(first, ImageIndex):
            if first and first.artifact_type != mediatypes.VERSION:
                self._tell("corrupt", "it is a section, no version", described)
            return [first]
        sections: list[Manifest | None] = []
        before: Manifest | None = None
        for descriptor in first.manifests:
            section = self._manifest(descriptor, "missing")
            if isinstance(section, Manifest) and section.continues(before):
                before = before or section
                sections.append(section)
                continue
            if section is not None:
                self._tell("corrupt", "it is no section of the version that names it", descriptor)
            sections.append(None)
        return sections

    def _manifest(self, descriptor: Descriptor, kind: Kind) -> Manifest | ImageIndex | None:
        return self._parsed(descriptor, MAX_DOCUMENT, partial(decode, descriptor.media_type), kind)

    def _table(self, section: Manifest) -> Descriptor | None:
        try:
            return section.index
        except CasregError as error:
            self._tell("corrupt", error.message, self._ref.manifest)
            return None

    def _parsed(
        self, descriptor: Descriptor, limit: int, parse: Callable[[bytes], T], kind: Kind = "missing"
    ) -> T | None:
        data = self._read(descriptor, limit, kind)
        if data is None:
            return None
        try:
            return parse(data)
        except CasregError as error:
            self._tell("corrupt", error.message, descriptor)
            return None

    def _read(self, descriptor: Descriptor, limit: int, kind: Kind = "missing") -> bytes | None:
        """A blob whose bytes are what its digest says; None, and a finding, if there is none."""
        if not self._present(descriptor, kind):
            return None
        try:
            return self._blobs.read(descriptor, limit)
        except CasregError as error:
            self._tell("corrupt", reason(self._store, self._place(descriptor), error), descriptor)
            return None

    def _present(self, descriptor: Descriptor, kind: Kind = "missing") -> bool:
        """Whether a blob is there and of its size; looked at, and told, once."""
        if descriptor.digest not in self._there:
            self._there[descriptor.digest] = self._look(descriptor, kind)
        return self._there[descriptor.digest]

    def _look(self, descriptor: Descriptor, kind: Kind) -> bool:
        blobs = self._found.blobs
        size = self._inline.get(descriptor.digest, blobs.get(descriptor.digest))
        if size is None and (entry := self._store.stat(descriptor.sha256.key)):
            size = blobs[descriptor.digest] = entry.size  # written after the listing had passed
        if size == descriptor.size:
            return True
        if size is not None:
            self._tell("corrupt", f"it has {size} bytes instead of {descriptor.size}", descriptor)
        elif descriptor.media_type == mediatypes.PACK:
            self._lost.append(descriptor)
        else:
            what = _WHAT.get(descriptor.media_type, "the blob")
            self._tell(kind, f"{what} is not there", descriptor)
        return False

    def _tell_lost_packs(self) -> None:
        """What is lost with a pack is known if there is an index."""
        index, packs = self._version.index, self._version.packs
        for pack in self._lost:
            held = (
                {row for row in range(len(index.chunks)) if packs[index.chunks.pack[row]] == pack}
                if index
                else ()
            )
            lost = dict.fromkeys((o.part, o.tensor) for o in owners(index, held)) if index else {}
            for part, tensor in lost or [(None, None)]:
                self._tell("missing", "a pack is not there", pack, part=part, tensor=tensor)

    def _compare(self, descriptor: Descriptor, head: Head, index: Index) -> None:
        held = sum(pack.size for pack in self._version.packs)
        for word, said, is_so in (
            ("content", head.content, index.content()),
            ("bytes", head.size, index.size),
            ("stored bytes", head.stored_size, held),
            ("parts", head.parts, len(index.paths)),
        ):
            if said != is_so:
                self._tell("corrupt", f"the head says {said} {word}, the version has {is_so}", descriptor)

    def _check_inline(self) -> None:
        inline = self._ref.inline
        problems = []
        if len(self._inline) != len(inline):
            problems.append("the ref has a blob inline twice")
        if sum(blob.size for blob in inline) > MAX_INLINE:
            problems.append(f"the ref has more than {MAX_INLINE} bytes inline")
        if self._version.entire and not self._inline.keys() <= self._there.keys():
            problems.append("the ref has a blob inline that is none of its version's")
        self._version.findings += [self._about("corrupt", told, self._key) for told in problems]

    def _tell(self, kind: Kind, message: str, descriptor: Descriptor, **more: str | None) -> None:
        pack = descriptor.digest if descriptor.media_type == mediatypes.PACK else None
        finding = self._about(kind, message, self._place(descriptor), pack=pack, **more)
        self._version.findings.append(finding)

    def _place(self, descriptor: Descriptor) -> str:
        """The object that holds a blob."""
        return self._key if descriptor.digest in self._inline else BLOBS + descriptor.sha256.hex
