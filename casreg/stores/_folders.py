"""Directories: opened for the length of a block, made where missing, and the one that is a store."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from casreg.errors import BlobNotFound, CasregError, InvalidInput, StoreNotFound, Unavailable
from casreg.stores._files import flush_folder
from casreg.stores._oserrors import ABSENT, translated

FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY
_ROOT: Final = os.O_DIRECTORY | getattr(os, "O_PATH", os.O_RDONLY)


class opened:
    """A descriptor, for the length of a block. A class, because it costs a fifth of a generator."""

    __slots__ = ("_fd",)

    def __init__(self, path: str, flags: int, folder: int | None = None) -> None:
        self._fd = os.open(path, flags, dir_fd=folder)

    def __enter__(self) -> int:
        return self._fd

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)


class Root:
    """An existing directory, known by device and inode: another one in its place is not it."""

    def __init__(self, path: Path) -> None:
        """Raises StoreNotFound if there is no such directory, InvalidInput if it is something else."""
        # Absolute, so that a change of the working directory does not move the store.
        self.path = Path(os.path.abspath(path))
        self.url = str(self.path)
        try:
            found = os.stat(self.url)
        except FileNotFoundError as error:
            raise StoreNotFound(f"there is no directory {self.url}", store=self.url) from error
        except OSError as error:
            raise translated(error, f"opening {self.url}", store=self.url) from error
        if not stat.S_ISDIR(found.st_mode):
            raise InvalidInput(f"{self.url} is not a directory", store=self.url)
        self._identity = found.st_dev, found.st_ino

    @contextmanager
    def entered(self, doing: str, key: str) -> Iterator[int]:
        """A descriptor of the directory; what the system raises inside is translated."""
        try:
            with opened(self.url, _ROOT) as root:
                self._compare(os.fstat(root))
                yield root
        except CasregError:
            raise
        except OSError as error:
            self.check()
            what = f"{doing} {key or 'everything'} in {self.url}"
            raise translated(error, what, store=self.url, key=key) from error

    def check(self) -> None:
        """Raise Unavailable unless the directory is still there: only then is "no such file" an answer."""
        try:
            found = os.stat(self.url)
        except OSError as error:
            if error.errno in ABSENT:
                raise self._gone("gone") from error
            raise translated(error, f"looking for {self.url}", store=self.url) from error
        self._compare(found)

    def _compare(self, found: os.stat_result) -> None:
        if (found.st_dev, found.st_ino) != self._identity:
            raise self._gone("replaced by another")

    def _gone(self, how: str) -> Unavailable:
        return Unavailable(f"the directory of the store is {how}: {self.url}", store=self.url)


class Reading:
    """An object of the store, open for the length of a block; translates what the system raises.

    By path, and then the directory is compared: half the system calls of going through it.
    """

    __slots__ = ("_key", "_root", "fd")

    def __init__(self, root: Root, key: str) -> None:
        self._root, self._key = root, key

    def __enter__(self) -> Self:
        try:
            # A pipe in an object's place is not waited for.
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
            self.fd = os.open(f"{self._root.url}/{self._key}", flags)
        except OSError as error:
            raise self._told(error) from error
        try:
            self._root.check()
        except BaseException:
            os.close(self.fd)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.fd)
        if isinstance(error, OSError) and not isinstance(error, CasregError):
            raise self._told(error) from error

    def _told(self, error: OSError) -> CasregError:
        self._root.check()
        url, key = self._root.url, self._key
        if error.errno in ABSENT:
            return BlobNotFound(f"{url} has no {key}", store=url, key=key)
        return translated(error, f"reading {key} in {url}", store=url, key=key)


def make_root(path: Path, *, durable: bool) -> None:
    """Make the directory and its parents where missing, flushed if ``durable``."""
    path = Path(os.path.abspath(path))
    try:
        if path.is_dir():
            return
        if path.parent != path:
            make_root(path.parent, durable=durable)
        with suppress(FileExistsError):
            os.mkdir(path)
        if durable:
            with opened(str(path.parent), FOLDER) as above:
                flush_folder(above)
    except CasregError:
        raise
    except OSError as error:
        raise translated(error, f"making {path}", store=str(path)) from error


def make_folders(root: int, path: str) -> None:
    """Make ``path`` and what is above it, below the open directory ``root``, which is never made."""
    segments = path.split("/")
    for depth in range(1, len(segments) + 1):
        with suppress(FileExistsError):
            os.mkdir("/".join(segments[:depth]), dir_fd=root)
