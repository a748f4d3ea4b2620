"""A store in a directory: an object is a file, its key the path."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from casreg.errors import (
    CasregError,
    InvalidInput,
    Uncertain,
    Unsupported,
)
from casreg.stores import _staging
from casreg.stores._files import flush, flush_folder, read_range, read_scattered
from casreg.stores._folders import FOLDER, Reading, Root, make_folders, make_root, opened
from casreg.stores._listing import listing
from casreg.stores._oserrors import ABSENT
from casreg.stores._staging import Staged
from casreg.stores.keys import check_key, check_prefix, check_range
from casreg.stores.protocol import Buffer, Entry, Store, ended_early

_T = TypeVar("_T")

# What link(2) answers where there are no hard links. EPERM also means rights.
_NO_LINKS: Final = frozenset(
    (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)
)

# After these a link may yet have been made, on the other side of a network.
_LOST: Final = frozenset((errno.EIO, errno.ESTALE, errno.ETIMEDOUT))

_SETTLED_AT_MOST: Final = 4096


class LocalStore(Store):
    """Objects as files below ``root``, an existing directory; opening writes nothing.

    Every verb begins at a descriptor of the root that has been compared with the directory found at
    opening: a disk that was unmounted or a directory that was replaced is Unavailable, never empty.
    Descriptors live only inside a call (a scan: as long as its iterator), so that forking is safe.

    ``durability="none"`` leaves flushing to the operating system; atomicity is the same.
    """

    local = True

    def __init__(self, root: Path, *, durability: str = "fsync", _anonymous: bool = True) -> None:
        if durability not in ("fsync", "none"):
            raise InvalidInput(f"durability is 'fsync' or 'none', not {durability!r}")
        self._root = Root(root)
        self.root = self._root.path
        self.url = self._root.url
        self.durability = durability
        self.durable = self._durable = durability == "fsync"
        self._anonymous = _anonymous and _staging.O_TMPFILE != 0
        self._tidied = False
        self._settled: set[str] = set()

    @classmethod
    def open(cls, root: Path, create: bool = False, *, durability: str = "fsync") -> Self:
        """The store in ``root``; if ``create``, the directory and its parents are made where missing.

        Raises StoreNotFound if there is no such directory, InvalidInput if it is something else.
        """
        if create:
            make_root(root, durable=durability == "fsync")
        return cls(root, durability=durability)

    def __repr__(self) -> str:
        return f"LocalStore({self.url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its place: where it is loaded it is opened."""
        return partial(LocalStore, durability=self.durability), (self.root,)

    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        check_range(key, start, stop)
        with self._reading(key) as file:
            return read_range(file.fd, start, stop)

    def read_into(self, key: str, start: int, destinations: Sequence[memoryview]) -> None:
        check_range(key, start)
        wanted = sum(len(d) for d in destinations)
        with self._reading(key) as file:
            got = read_scattered(file.fd, start, destinations)
        if got != wanted:
            raise ended_early(self, key, start, wanted, got)

    def stat(self, key: str) -> Entry | None:
        _check(key)
        with self._root.entered("looking at", key) as root:
            try:
                found = os.stat(key, dir_fd=root)
            except OSError as error:
                if error.errno not in ABSENT:
                    raise
                self._root.check()
                return None
            return Entry(key, found.st_size, found.st_mtime) if stat.S_ISREG(found.st_mode) else None

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        def replace(file: Staged, folder: int, name: str) -> None:
            file.replace(folder, name)
            if self._durable:
                flush_folder(folder)

        _check(key)
        self._place(key, data, replace)

    def create(self, key: str, data: Buffer) -> bool:
        def link(file: Staged, folder: int, name: str) -> bool:
            made = self._link(file, folder, name, key)
            if self._durable:
                # Also for a loser: who goes on because the object is there relies on its outliving
                # a power cut, and the winner may not have come this far.
                try:
                    flush_folder(folder)
                except OSError as error:
                    if not made:
                        raise
                    raise Uncertain(
                        f"{key} was put into {self.url}, but not flushed: {error.strerror}",
                        store=self.url,
                        key=key,
                    ) from error
            return made

        _check(key)
        return self._place(key, [data], link)

    def remove(self, key: str) -> None:
        _check(key)
        folder_path, _, name = key.rpartition("/")
        with self._root.entered("removing", key) as root:
            try:
                with opened(folder_path or ".", FOLDER, root) as folder:
                    os.unlink(name, dir_fd=folder)
                    if self._durable:
                        flush_folder(folder)
            except OSError as error:
                if error.errno not in ABSENT:
                    raise
                self._root.check()

    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        check_prefix(prefix)
        with self._root.entered("listing", prefix) as root:
            yield from listing(root, prefix, after)
            # Nothing found, or found and gone: only an answer if the directory is the store's.
            self._root.check()

    def flush(self, key: str) -> None:
        with self._reading(key) as file:
            if self._durable:
                flush(file.fd)
        folder_path = key.rpartition("/")[0]
        with self._root.entered("flushing", key) as root, self._folder(root, folder_path) as folder:
            if self._durable:
                flush_folder(folder)

    # The steps, from the outside in.

    def _reading(self, key: str) -> Reading:
        _check(key)
        return Reading(self._root, key)

    def _place(self, key: str, data: Sequence[Buffer], place: Callable[[Staged, int, str], _T]) -> _T:
        """Stage ``data`` and let ``place`` give it its name in its folder."""
        folder_path, _, name = key.rpartition("/")
        with self._root.entered("writing", key) as root, self._folder(root, folder_path) as folder:
            if self._anonymous:
                try:
                    with _staging.staged(root, folder, data, durable=self._durable, anonymous=True) as file:
                        return place(file, folder, name)
                except OSError as error:
                    if isinstance(error, CasregError) or error.errno not in _staging.ANONYMOUS_REFUSED:
                        raise
            if not self._tidied:
                self._tidied = True
                _staging.remove_leftovers(root)
            with _staging.staged(root, folder, data, durable=self._durable, anonymous=False) as file:
                result = place(file, folder, name)
            # Where the other way worked after all, the first is not tried again.
            self._anonymous = False
            return result

    @contextmanager
    def _folder(self, root: int, path: str) -> Iterator[int]:
        """A descriptor of the folder ``path``, made if missing, whose own place is on the medium."""
        try:
            fd = os.open(path or ".", FOLDER, dir_fd=root)
        except FileNotFoundError:
            self._settled.clear()
            make_folders(root, path)
            fd = os.open(path, FOLDER, dir_fd=root)
        try:
            if self._durable:
                self._settle(root, path)
            yield fd
        finally:
            os.close(fd)

    def _settle(self, root: int, path: str) -> None:
        """Flush the folders above ``path``, once: whoever made them may not have come this far."""
        if not path or path in self._settled:
            return
        above = path.rpartition("/")[0]
        self._settle(root, above)
        with opened(above or ".", FOLDER, root) as fd:
            flush_folder(fd)
        if len(self._settled) >= _SETTLED_AT_MOST:
            self._settled.clear()
        self._settled.add(path)

    def _link(self, file: Staged, folder: int, name: str, key: str) -> bool:
        """link(2), and what its answer means."""
        try:
            file.link(folder, name)
        except FileExistsError:
            # NFS: the request was sent twice, and it was our own first one that won.
            return file.is_at(folder, name)
        except OSError as error:
            if error.errno in _LOST:
                raise Uncertain(
                    f"no answer whether {key} was put into {self.url}: {error.strerror}",
                    store=self.url,
                    key=key,
                ) from error
            if file.name is not None and error.errno in _NO_LINKS and _may_write(folder):
                raise Unsupported(
                    f"{self.url} is on a file system without hard links ({error.strerror}), which casreg"
                    " needs to put an object only if none is there; keep the store elsewhere",
                    store=self.url,
                    key=key,
                ) from error
            raise
        return True


def _check(key: str) -> None:
    check_key(key)
    if key.startswith(f"{_staging.TMP}/"):
        raise InvalidInput(f"{_staging.TMP}/ is where unfinished writes are: {key}", key=key)


def _may_write(folder: int) -> bool:
    # EPERM is also the answer of a directory that was made immutable.
    return os.access(".", os.W_OK | os.X_OK, dir_fd=folder)
