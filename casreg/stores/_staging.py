"""Finished files that have no place yet, and the two ways of giving them one.

Staged anonymously (Linux, O_TMPFILE) a file has no name at all until it is linked, so that a crash
leaves nothing behind. Elsewhere it waits under ``tmp/`` in the store, by a random name.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from casreg.stores._direct import LARGE, write_direct
from casreg.stores._files import flush, write_all
from casreg.stores.protocol import Buffer

TMP: Final = "tmp"
"""The folder under the root that belongs to unfinished writes; no key begins with it."""

LEFTOVER_AGE: Final = 8 * 86400.0
"""Seconds. Above the longest life of a lease: who wrote a temporary this old is not writing any more."""

O_TMPFILE: Final[int] = getattr(os, "O_TMPFILE", 0)

ANONYMOUS_REFUSED: Final = frozenset(
    (
        errno.EOPNOTSUPP,
        errno.ENOTSUP,
        errno.ENOSYS,
        errno.EISDIR,
        errno.EINVAL,
        errno.ENOENT,
        errno.EXDEV,
        errno.EPERM,
        errno.EMLINK,
    )
)
"""What a file system without O_TMPFILE, or a machine without /proc, may answer. A named file decides."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A finished file. ``root`` and ``fd`` are open descriptors; ``name`` is None if it has no name."""

    root: int
    fd: int
    name: str | None

    def link(self, folder: int, name: str) -> None:
        """Give the file a name; raises FileExistsError if it is taken. Atomic."""
        if self.name is None:
            # linkat follows /proc's link to the nameless file. Python calls linkat only if a directory
            # is given: without one it is link(2), which does not follow (EXDEV).
            os.link(f"/proc/self/fd/{self.fd}", name, dst_dir_fd=folder, follow_symlinks=True)
        else:
            os.link(self.name, name, src_dir_fd=self.root, dst_dir_fd=folder)

    def is_at(self, folder: int, name: str) -> bool:
        """True if this very file has that name. Raises IsADirectoryError if a folder has it."""
        try:
            there = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        if stat.S_ISDIR(there.st_mode):
            raise IsADirectoryError(errno.EISDIR, "a folder has this name")
        return os.path.samestat(os.fstat(self.fd), there)

    def replace(self, folder: int, name: str) -> None:
        """Give the file a name, taking it from whatever has it. Atomic."""
        if self.name is not None:
            os.rename(self.name, name, src_dir_fd=self.root, dst_dir_fd=folder)
            return
        try:
            self.link(folder, name)
        except FileExistsError:
            # Only a file with a name can be renamed.
            named = _fresh_name(self.root)
            self.link(self.root, named)
            try:
                os.rename(named, name, src_dir_fd=self.root, dst_dir_fd=folder)
            except BaseException:
                _unlink(self.root, named)
                raise


@contextmanager
def staged(
    root: int, folder: int, data: Sequence[Buffer], *, durable: bool, anonymous: bool
) -> Iterator[Staged]:
    """A file with the concatenation of ``data``, flushed if ``durable``, that is gone unless given a name."""
    name = None
    if anonymous:
        fd = os.open(".", O_TMPFILE | os.O_WRONLY, 0o666, dir_fd=folder)
    else:
        name = _fresh_name(root)
        fd = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666, dir_fd=root)
    try:
        large = durable and sum(len(piece) for piece in data) >= LARGE
        if not (large and write_direct(fd, data)):
            write_all(fd, data)
        if durable:
            flush(fd)
        yield Staged(root, fd, name)
    finally:
        os.close(fd)
        if name is not None:
            _unlink(root, name)


def remove_leftovers(root: int) -> None:
    """Take away what crashed writers left under ``tmp/``, by the store's own clock. Never fails."""
    with suppress(OSError):
        now_name = _fresh_name(root)
        os.close(os.open(now_name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666, dir_fd=root))
        try:
            now = os.stat(now_name, dir_fd=root).st_mtime
            folder = os.open(TMP, os.O_RDONLY | os.O_DIRECTORY, dir_fd=root)
            try:
                for name in os.listdir(folder):
                    with suppress(OSError):
                        if now - os.stat(name, dir_fd=folder).st_mtime > LEFTOVER_AGE:
                            os.unlink(name, dir_fd=folder)
            finally:
                os.close(folder)
        finally:
            _unlink(root, now_name)


def _fresh_name(root: int) -> str:
    with suppress(FileExistsError):
        os.mkdir(TMP, dir_fd=root)
    return f"{TMP}/{secrets.token_hex(16)}"


def _unlink(root: int, name: str) -> None:
    # The file may have been renamed to its place; and a failure to tidy must not hide the real one.
    with suppress(OSError):
        os.unlink(name, dir_fd=root)
