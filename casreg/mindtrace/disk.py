"""Reading files that nobody vouches for: regular ones only, no links, errors told."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from casreg.errors import CasregError, Corrupt, Denied, NoSpace, Unsafe

SMALL = 4 << 20
"""Bytes of a document at most: theirs have hundreds."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file, to be read. Raises Corrupt if it is not there or cannot be read, Unsafe for a link or
    anything else, Denied."""
    with told(path):
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise Unsafe(f"{path} is no regular file", path=str(path))
            yield file


def read(path: Path, limit: int | None = None) -> bytes:
    """The whole file. Raises likewise, and Corrupt for one of more than ``limit`` bytes."""
    with opened(path) as file:
        data = file.read() if limit is None else file.read(limit + 1)
    if limit is not None and len(data) > limit:
        raise Corrupt(f"{path} has more than {limit} bytes", path=str(path))
    return data


def there(path: Path) -> bool:
    return os.path.lexists(path)


def files(folder: Path) -> dict[str, int]:
    """Sizes of all files below ``folder``, by their paths relative to it. Raises Unsafe for a link."""
    found: dict[str, int] = {}
    pending = [folder]
    while pending:
        with told(pending[-1]), os.scandir(pending.pop()) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    pending.append(Path(entry.path))
                elif stat.S_ISREG(status.st_mode):
                    found[Path(entry.path).relative_to(folder).as_posix()] = status.st_size
                else:
                    raise Unsafe(f"{entry.path} is neither a file nor a directory", path=entry.path)
    return found


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What the system says of ``path``, as an error of casreg's."""
    try:
        yield
    except CasregError:
        raise
    except PermissionError:
        raise Denied(f"{path} may not be read", path=str(path)) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace(f"there is no room for {path}", path=str(path)) from error
        if os.path.islink(path):
            raise Unsafe(f"{path} is a symbolic link", path=str(path)) from None
        reason = error.strerror or error
        raise Corrupt(f"{path} cannot be read: {reason}", path=str(path)) from error
