"""Bytes between buffers and file descriptors: no partial write, no short read, few system calls.

The interpreter's lock is released once per system call, so bytes move in large pieces.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from itertools import islice

if sys.platform == "darwin":
    import fcntl

from casreg.stores.protocol import Buffer

_SLICES = min(1024, os.sysconf("SC_IOV_MAX") if "SC_IOV_MAX" in os.sysconf_names else 1024)
_PIECE = 1 << 20
"""Bytes of one write at most. For 2 MiB and more Linux fills the page cache with huge pages, which was
measured to be slower where that memory was new to the machine."""


def write_all(fd: int, data: Sequence[Buffer]) -> None:
    """Write the concatenation of ``data`` at the file's position."""
    for batch in _batches(data):
        left = batch
        while left:
            left = _without(left, os.writev(fd, left))


def read_range(fd: int, start: int, stop: int | None) -> bytes:
    """The bytes ``start:stop`` of a file, fewer where it ends before."""
    found = os.fstat(fd)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "a folder of objects")
    size = found.st_size
    stop = size if stop is None else min(stop, size)
    parts: list[bytes] = []
    while start < stop:
        part = os.pread(fd, stop - start, start)
        if not part:
            break
        parts.append(part)
        start += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_scattered(fd: int, start: int, destinations: Sequence[memoryview]) -> int:
    """Fill ``destinations`` in order from ``start`` on; returns the bytes read, fewer at the file's end."""
    # Empty ones are left out: a call with nothing but those returns 0, which means the end.
    waiting = iter([d for d in destinations if len(d)])
    done = 0
    while batch := list(islice(waiting, _SLICES)):
        while batch:
            got = os.preadv(fd, batch, start + done)
            if got == 0:
                return done
            done += got
            batch = _without(batch, got)
    return done


def flush(fd: int) -> None:
    """Return when a file's bytes and size are on the medium, not only in the disk's cache."""
    if sys.platform == "darwin":
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fsync(fd)


def flush_folder(fd: int) -> None:
    """Return when the names in a directory are on the medium."""
    try:
        os.fsync(fd)
    except OSError as error:
        # File systems that cannot sync a directory have nothing more to offer; not a failure.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise


def _batches(data: Sequence[Buffer]) -> Iterator[list[memoryview]]:
    batch: list[memoryview] = []
    size = 0
    for buffer in data:
        view = memoryview(buffer).cast("B")
        while view:
            piece = view[: _PIECE - size]
            batch.append(piece)
            view, size = view[len(piece) :], size + len(piece)
            if size == _PIECE or len(batch) == _SLICES:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def _without(batch: list[memoryview], done: int) -> list[memoryview]:
    """``batch`` from its byte ``done`` on."""
    for at, piece in enumerate(batch):
        if done < len(piece):
            return [piece[done:], *batch[at + 1 :]]
        done -= len(piece)
    return []
