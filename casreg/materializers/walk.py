"""Walking a directory to be saved: every file once, links followed, nothing surprising."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from casreg.errors import Conflict, Denied, InvalidInput, PathNotFound


class Found(NamedTuple):
    """A file to be saved, or with a trailing ``/`` an empty directory."""

    path: str
    """Relative to the directory, ``/``-separated."""
    source: str
    size: int
    executable: bool
    stamp: tuple[int, ...] = ()
    """What tells whether it changed: size, time, inode, device."""


def one_file(path: Path, symlinks: str) -> Found:
    """Raises InvalidInput for what is no regular file or an unwanted link, Denied, Conflict."""
    status = _look(os.fspath(path), path.name, symlinks)
    return _found(path.name, os.fspath(path), status)


def directory(root: Path, symlinks: str) -> Iterator[Found]:
    """All files below ``root``, sorted by path within each directory."""
    yield from _directory(os.fspath(root), "", symlinks, (_identity(os.stat(root)),))


def _directory(
    source: str, prefix: str, symlinks: str, above: tuple[tuple[int, int], ...]
) -> Iterator[Found]:
    try:
        names = sorted(os.listdir(source))
    except OSError as error:
        raise told(error, source) from error
    if not names and prefix:
        yield Found(prefix, source, 0, False)
    for name in names:
        below, path = f"{source}/{name}", prefix + name
        status = _look(below, path, symlinks)
        if stat.S_ISDIR(status.st_mode):
            identity = _identity(status)
            if identity in above:
                raise InvalidInput(f"{below} is a link to a directory that contains it", path=below)
            yield from _directory(below, path + "/", symlinks, (*above, identity))
        else:
            yield _found(path, below, status)


def stamp(status: os.stat_result) -> tuple[int, ...]:
    """What tells whether a file changed."""
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev


def _found(path: str, source: str, status: os.stat_result) -> Found:
    return Found(path, source, status.st_size, bool(status.st_mode & 0o111), stamp(status))


def _look(source: str, path: str, symlinks: str) -> os.stat_result:
    """Of a file or a directory, or of what a link leads to; anything else is refused."""
    if not path.isascii() or "\\" in path:
        _require_portable(path, source)
    try:
        status = os.stat(source, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            if symlinks == "refuse":
                raise InvalidInput(
                    f"{source} is a symbolic link, and symlinks='refuse' was asked for", path=source
                )
            status = os.stat(source)
    except OSError as error:
        raise told(error, source) from error
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise InvalidInput(f"{source} is neither a file nor a directory", path=source)
    return status


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _require_portable(path: str, source: str) -> None:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput(f"the name of {source!r} is not valid UTF-8", path=repr(source)) from None
    if "\\" in path or "\0" in path:
        raise InvalidInput(
            f"the name of {source!r} holds a backslash, which no version may have", path=source
        )


def told(error: OSError, source: str) -> Exception:
    """What the operating system says of a file or directory that is there, as an error of casreg."""
    if isinstance(error, FileNotFoundError):
        if os.path.islink(source):
            return InvalidInput(f"{source} is a link to nothing", path=source)
        return Conflict(f"{source} vanished while the directory was read", path=source)
    if isinstance(error, PermissionError):
        return Denied(f"{source} may not be read", path=source)
    return InvalidInput(f"{source} cannot be read: {error.strerror}", path=source)


def missing(path: Path) -> PathNotFound:
    return PathNotFound(f"there is no file or directory {path}", path=str(path))
