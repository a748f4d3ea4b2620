"""What an index must hold to before anything is read by it: after this nobody looks twice."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from casreg.digest import CHUNK_ID_SIZE
from casreg.errors import Corrupt, Unsupported

if TYPE_CHECKING:
    from casreg.models.index import ChunkTable, Index

MAX_CHUNK: Final = 16 << 20
"""Bytes of a chunk, plain and stored, unless it is raw: what a decoder may be made to allocate."""
MAX_PATH: Final = 4096
"""Bytes of a path: no system takes a longer one."""
_NOWHERE: Final = frozenset(("", ".", ".."))

MAX_DEPTH: Final = 16
"""Deltas that may be decoded one after the other for a chunk."""
MAX_GROWTH: Final = 2
"""A file is at most this many times as large as the stream it is stored inflated as: deflate adds little."""
_FLAGS: Final = 3
"""All flags of a part that there are."""
_DELTA: Final = 3
"""The codec whose chunks have a base."""


def check_index(index: Index, pack_sizes: list[int]) -> None:
    """Raise Corrupt for tables that contradict themselves, each other, or the sizes of the packs."""
    _check_chunks(index.chunks, pack_sizes)
    _check_parts(index)
    _check_tensors(index)


def _check_chunks(c: ChunkTable, pack_sizes: list[int]) -> None:
    if {len(column) for column in (c.stored, c.pack, c.offset, c.codec, c.check, c.base, c.step)} - {len(c)}:
        raise Corrupt("the index's columns of chunks have different lengths")
    if len(c.ids) != CHUNK_ID_SIZE * len(c):
        raise Corrupt("the index's chunk ids and chunk sizes differ in number")
    if len(c.rows) != len(c):
        raise Corrupt("the index has a chunk twice")
    if max(c.pack, default=-1) >= len(pack_sizes):
        raise Corrupt("the index names a pack that the manifest does not")
    for row, (pack, offset, stored) in enumerate(zip(c.pack, c.offset, c.stored, strict=True)):
        if offset + stored > pack_sizes[pack]:
            raise Corrupt(f"chunk {row} of the index lies outside of its pack", offset=offset)
    for row, (plain, stored, codec) in enumerate(zip(c.plain, c.stored, c.codec, strict=True)):
        if not plain or (plain != stored if codec == 0 else plain > MAX_CHUNK or stored > MAX_CHUNK):
            raise Corrupt(f"chunk {row} of the index, of {stored} bytes, claims to decode to {plain}")
    if any(c.base) or _DELTA in c.codec:
        _check_bases(c)


def _check_bases(c: ChunkTable) -> None:
    depths = [0] * len(c)
    for row, (base, codec) in enumerate(zip(c.base, c.codec, strict=True)):
        if bool(base) != (codec == _DELTA):
            raise Corrupt(f"chunk {row} of the index, of codec {codec}, has {'a' if base else 'no'} base")
        if base:
            if base > row or c.plain[base - 1] != c.plain[row]:
                raise Corrupt(f"chunk {row} of the index has a base that is none: {base - 1}")
            depths[row] = depths[base - 1] + 1
    if max(depths) > MAX_DEPTH:
        raise Corrupt(f"the index has a chain of {max(depths)} deltas, {MAX_DEPTH} at most")


def _check_parts(index: Index) -> None:
    if not len(index.paths) == len(index.flags) == len(index.counts) == len(index.files):
        raise Corrupt("the index's columns of parts have different lengths")
    if max(index.flags, default=0) > _FLAGS:
        raise Unsupported("the index has parts of a kind that this casreg does not know: upgrade it")
    if sum(index.counts) != len(index.sequence) or max(index.sequence, default=-1) >= len(index.chunks):
        raise Corrupt("the index's sequence does not match its parts and chunks")
    check_paths(index.paths)
    for path, count in zip(index.paths, index.counts, strict=True):
        if count and path.endswith("/"):
            raise Corrupt(f"the index gives the directory {path[:120]!r} bytes", part=path)
    for part, file in zip(index.parts, index.files, strict=True):
        if file if not part.inflated else not 0 < file <= MAX_GROWTH * part.plain:
            raise Corrupt(f"the index says that {part.path[:120]!r} has {file} bytes, which it cannot have")


def _check_tensors(index: Index) -> None:
    parts = index.parts
    if len({(number, tensor.name) for number, tensor in index.tensors}) != len(index.tensors):
        raise Corrupt("the index names a tensor of a part twice")
    for number, tensor in index.tensors:
        if number >= len(parts) or tensor.start + tensor.size > parts[number].plain:
            raise Corrupt(f"tensor {tensor.name[:120]!r} of the index lies outside of its part")


def check_paths(paths: list[str]) -> None:
    """Raise Corrupt unless all are relative, free of ``..``, distinct, and none lies inside a file.

    A path that ends with ``/`` is an empty directory.
    """
    folders = sorted([path if path[-1:] == "/" else path + "/" for path in paths])
    for path in folders:
        if "\0" in path or "\\" in path or not _NOWHERE.isdisjoint(path[:-1].split("/")):
            raise Corrupt(
                f"the index names a path that no version may have: {path[:-1][:120]!r}", part=path[:-1]
            )
        if len(path) > MAX_PATH // 4 and len(path.encode()) > MAX_PATH + 1:
            raise Corrupt(f"the index names a path of more than {MAX_PATH} bytes: {path[:120]!r}...")
    # What lies inside of a path follows right behind it: whatever sorts between the two does so, too.
    for above, path in pairwise(folders):
        if path.startswith(above):
            if path == above:
                raise Corrupt(f"the index names a path twice: {path[:-1][:120]!r}", part=path[:-1])
            raise Corrupt(
                f"the index has {path[:-1][:120]!r} inside of the file {above[:-1][:120]!r}", part=path[:-1]
            )
