"""A version opened for reading. Opening moves no data; reading moves the ranges asked for.

ref -> manifest -> head -> (index) -> snapshot -> ranges of packs
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from casreg import inflated, mediatypes
from casreg.blobs import Blobs
from casreg.config import Limits
from casreg.digest import Digest
from casreg.errors import Corrupt, InvalidInput, NotFound
from casreg.lazy import lazy
from casreg.lazytensor import LazyTensor, Range, runs
from casreg.located import Located, forget_views
from casreg.models.head import MAX_HEAD, Head
from casreg.models.index import Index, PartEntry
from casreg.models.manifest import Descriptor, ImageIndex, Manifest, decode
from casreg.models.ref import Ref
from casreg.names import Name, Version
from casreg.parallel import Pool
from casreg.reader import Reader, Verify
from casreg.slices import Piece, cut, windows
from casreg.stores.protocol import Store

if TYPE_CHECKING:
    import numpy as np

_MAX_MANIFEST: Final = 4 << 20
_MAX_INDEX: Final = 1 << 30
_WINDOW: Final = 4 << 20


class Snapshot(Mapping[str, "np.ndarray"]):
    """A version, read lazily; a Mapping from tensor names to arrays, and a context manager.

    Nothing is read before it is asked for: the ref is in hand, manifest, head and index come from it
    or with one request each. A snapshot stays what it was when it was opened.
    """

    def __init__(
        self,
        store: Store,
        name: Name,
        version: Version,
        ref: Ref,
        *,
        limits: Limits,
        verify: Verify = "integrity",
    ) -> None:
        self.name, self.version, self.ref, self.verify, self.limits = name, version, ref, verify, limits
        self._store = store
        self._blobs = Blobs(store, ref)
        self._pool: Pool | None = None
        self._pool_of = 0

    @property
    def digest(self) -> Digest:
        """Of the manifest: the version's identity, the same in every store and registry."""
        return self.ref.manifest.sha256

    @lazy
    def manifest(self) -> Manifest | ImageIndex:
        with self._located():
            return _read_manifest(self._blobs, self.ref.manifest)

    @lazy
    def sections(self) -> list[Manifest]:
        """The manifest, or the manifests that its image index names."""
        with self._located():
            return read_sections(self._blobs, self.ref.manifest)

    @lazy
    def packs(self) -> list[Descriptor]:
        """All packs, in the order in which the index numbers them."""
        return [pack for section in self.sections for pack in section.packs]

    @lazy
    def head(self) -> Head:
        with self._located():
            return Head.decode(self._blobs.read(self.sections[0].config, MAX_HEAD))

    @lazy
    def index(self) -> Index:
        with self._located():
            blob = self._blobs.read(self.sections[0].index, _MAX_INDEX)
            return Index.decode(blob, [pack.size for pack in self.packs])

    def require_consistent(self) -> None:
        """Raise Corrupt unless the head says of the parts what the index says."""
        index = self.index
        found = len(index.parts), index.size, index.content()
        if found != (self.head.parts, self.head.size, self.head.content):
            raise self._corrupt(
                f"head and index contradict each other: {self.head.parts} parts of {self.head.size} bytes "
                f"in the one, {found[0]} of {found[1]} in the other"
            )

    @property
    def parts(self) -> list[PartEntry]:
        """The files of the version: path, size, executable bit."""
        return self.index.parts

    @lazy
    def tensors(self) -> dict[str, LazyTensor]:
        """Each tensor by name, to be read as far as it is indexed; a name that an earlier part has, too, is
        given as ``path:name``."""
        found: dict[str, LazyTensor] = {}
        parts, read = self.parts, self.read_ranges
        for number, tensor in self.index.tensors:
            part = parts[number]
            name = f"{part.path}:{tensor.name}" if tensor.name in found else tensor.name
            found[name] = LazyTensor(part, tensor, read)
        return found

    @property
    def content(self) -> str:
        """BLAKE3 over paths and chunks: equal for equal input, anywhere."""
        return self.head.content

    def blob(self, descriptor: Descriptor) -> bytes:
        """A whole blob of the version, as it is stored; checked against its digest. In memory at once."""
        with self._located():
            return self._blobs.read(descriptor, descriptor.size)

    def chunk_into(self, row: int, memory: memoryview) -> None:
        """Fill ``memory`` with the plain bytes of a chunk, by its row in the index; checked, whatever
        ``verify`` says."""
        with self._located():
            self.reader.read_into([Piece(row, 0, len(memory), 0)], [memory], "full")

    def part(self, path: str) -> PartEntry:
        """Raises NotFound if the version has no such part."""
        entry = self.index.by_path.get(path)
        if entry is None:
            raise NotFound(f"{self.name}@{self.version} has no part {path!r}", part=path)
        return entry

    def read(self, path: str, start: int = 0, stop: int | None = None) -> bytes:
        """The bytes ``start:stop`` of a part's file; only the chunks that hold them are fetched, but all of
        a part that is stored inflated: no bytes of such a file are given before all are proved."""
        entry = self.part(path)
        stop = entry.size if stop is None else min(stop, entry.size)
        if start < 0 or stop < 0:
            raise InvalidInput(f"a range of bytes cannot begin or end at {min(start, stop)}")
        # BytesIO hands out its bytes object itself: there is no second copy.
        stream = io.BytesIO(bytes(max(0, stop - start)))
        try:
            with stream.getbuffer() as buffer:
                self.read_into(path, start, [buffer])
        except BaseException as error:
            forget_views(error)
            raise
        return stream.getvalue()

    def read_into(self, path: str, start: int, buffers: Sequence[memoryview]) -> None:
        """Fill ``buffers``, one after the other, with the bytes of the part's file from ``start`` on.

        Raises InvalidInput if it has fewer, Unsupported for a part that is stored inflated where this
        Python's zlib does not make its file again.
        """
        entry, ranges, at = self.part(path), [], start
        for buffer in buffers:
            ranges.append(Range(entry, at, buffer))
            at += len(buffer)
        if not entry.inflated:
            self.read_ranges(ranges)
        elif start < 0 or at > entry.size:
            raise InvalidInput(f"{path} has {entry.size} bytes, {start}:{at} were asked for", part=path)
        else:
            inflated.place(self.restored(entry), start, buffers)

    def restored(self, entry: PartEntry) -> Iterator[bytes | memoryview]:
        """The bytes of the file of a part that is stored inflated, front to back.

        They are the file only once all of them were given: raises as :meth:`read_into` does, at the latest
        at the end. Not for the threads of :meth:`pool`, which it uses.
        """
        with self._located(entry.path):
            blocks = (self._fetched(entry, *window) for window in windows(self.index, entry, _WINDOW))
            at_once = self.limits.memory // (4 * (self.limits.workers + 1))
            yield from inflated.restore(blocks, entry.plain, entry.size, self.pool().map, at_once)

    def _fetched(self, entry: PartEntry, start: int, stop: int) -> memoryview:
        buffer = memoryview(bytearray(stop - start))
        self.read_range_into(entry, start, buffer)
        return buffer

    def only_part(self) -> PartEntry:
        """The part of a version that has one by its kind. Raises Corrupt if it has not."""
        if len(self.parts) != 1:
            raise self._corrupt(
                f"an object of kind {self.head.kind!r} has {len(self.parts)} parts instead of one"
            )
        return self.parts[0]

    def needed_part(self, path: str) -> PartEntry:
        """A part that every version of this kind has. Raises Corrupt if it is not there."""
        if path not in self.index.by_path:
            raise self._corrupt(f"an object of kind {self.head.kind!r} has no part {path!r}")
        return self.index.by_path[path]

    def read_parts_into(self, parts: Iterable[PartEntry], buffer: memoryview) -> None:
        """Fill ``buffer`` with whole parts, none of them inflated, end to end, on the calling thread."""
        pieces: list[Piece] = []
        at = 0
        for part in parts:
            pieces += cut(self.index, part, 0, part.size, at)
            at += part.size
        with self._located():
            self.reader.read_into(pieces, [buffer], self.verify)

    def read_range_into(self, part: PartEntry, start: int, buffer: memoryview) -> None:
        """Fill ``buffer`` with what the chunks of ``part`` hold from ``start`` on, on the calling thread."""
        with self._located(part.path):
            self.reader.read_into(cut(self.index, part, start, start + len(buffer)), [buffer], self.verify)

    def read_ranges(self, ranges: Iterable[Range]) -> None:
        """Fill the buffers of ``ranges`` of what chunks hold; what several of them need is fetched once.

        Raises InvalidInput for a range that its part has not.
        """
        pieces: list[Piece] = []
        buffers: list[memoryview] = []
        size = 0
        parts: set[str] = set()
        for part, start, run in runs(ranges):
            length = sum(map(len, run))
            pieces += cut(self.index, part, start, start + length, size)
            buffers += run
            size += length
            parts.add(part.path)
        with self._located(parts.pop() if len(parts) == 1 else None):
            self.reader.read_into(pieces, buffers, self.verify, self._threads(size))

    @lazy
    def reader(self) -> Reader:
        return Reader(self._blobs, self.index, self.packs, self.limits.slab_size)

    def __getitem__(self, name: str) -> np.ndarray:
        """One tensor, its ranges only; ``tensors[name]`` gives parts of it, and torch tensors.

        Raises NotFound, a KeyError, if there is none of that name.
        """
        found = self.tensors.get(name)
        if found is None:
            raise NotFound(f"{self.name}@{self.version} has no tensor {name!r}", tensor=name)
        array: np.ndarray = found[...]
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)

    def __repr__(self) -> str:
        return f"<Snapshot {self.name}@{self.version} {self.digest[:19]}>"

    def close(self) -> None:
        """End the threads that large reads have started."""
        if self._pool and self._pool_of == os.getpid():
            self._pool.close()
        self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def pool(self) -> Pool:
        """Threads for this snapshot's reads, started at the first call."""
        if self._pool is None or self._pool_of != os.getpid():  # threads do not survive a fork
            self._pool = Pool(self.limits.workers, "casreg-read")
            self._pool_of = os.getpid()
        return self._pool

    def _threads(self, size: int) -> Pool | None:
        return self.pool() if size > 4 << 20 else None

    def _corrupt(self, message: str) -> Corrupt:
        return Corrupt(message, name=self.name, version=self.version, store=self._store.url)

    def _located(self, part: str | None = None) -> Located:
        return Located(self.name, self.version, self._store.url, part, self._part_of)

    def _part_of(self, pack: str, offset: int) -> str | None:
        """The first part that uses the chunk which begins there; None while the index was not needed."""
        if "index" not in self.__dict__:
            return None
        index, digests = self.index, [p.digest for p in self.packs]
        chunks = index.chunks
        for part in index.parts:
            for row in index.sequence[part.first : part.first + part.count]:
                if chunks.offset[row] == offset and digests[chunks.pack[row]] == pack:
                    return part.path
        return None


def read_sections(blobs: Blobs, descriptor: Descriptor) -> list[Manifest]:
    """The manifest that a ref names, or the manifests that its image index names.

    Raises Corrupt for what is no version of casreg.
    """
    manifest = _read_manifest(blobs, descriptor)
    if isinstance(manifest, Manifest):
        if manifest.artifact_type != mediatypes.VERSION:
            raise Corrupt(f"{descriptor.digest} is a section, no version")
        return [manifest]
    sections: list[Manifest] = []
    for described in manifest.manifests:
        section = _read_manifest(blobs, described)
        if not isinstance(section, Manifest) or not section.continues(sections[0] if sections else None):
            raise Corrupt(f"{described.digest} is no section of the version it is named by")
        sections.append(section)
    return sections


def _read_manifest(blobs: Blobs, descriptor: Descriptor) -> Manifest | ImageIndex:
    return decode(descriptor.media_type, blobs.read(descriptor, _MAX_MANIFEST))
