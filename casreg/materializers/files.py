"""Files and directories: a part per file, of modes only the executable bit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from casreg.errors import Conflict, Denied, InvalidInput
from casreg.materializers import walk
from casreg.materializers.extract import extract, select
from casreg.materializers.protocol import Dumped, Request
from casreg.materializers.walk import Found
from casreg.parts import Part, Source, Stream
from casreg.snapshot import Snapshot

_LINKS = ("follow", "refuse")


class PathMaterializer:
    """Kind ``file`` for a path to a file, ``directory`` for a path to a directory."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def accepts(self, obj: object) -> bool:
        if not isinstance(obj, Path):
            return False
        if not obj.exists():
            raise walk.missing(obj)
        return obj.is_dir() == (self.kind == "directory")

    def dump(self, obj: Path, params: Mapping[str, Any]) -> Dumped:
        """``params``: ``symlinks``, ``"follow"`` (a link is stored as what it leads to) or ``"refuse"``."""
        symlinks = params.get("symlinks", "follow")
        if symlinks not in _LINKS:
            raise InvalidInput(f"symlinks={symlinks!r}: one of {', '.join(_LINKS)}")
        if self.kind == "file":
            found = walk.one_file(Path(os.path.abspath(obj)), symlinks)
            return Dumped([_part(found)], found.size)
        files = list(walk.directory(obj, symlinks))
        return Dumped(map(_part, files), sum(f.size for f in files))

    def load(self, snapshot: Snapshot, request: Request) -> Path:
        request.refuse(self.kind, into=request.into)
        assert request.directory is not None
        directory = request.directory()
        if self.kind == "file":
            request.refuse(self.kind, only=request.only)
            (part,) = snapshot.parts
            extract(snapshot, [part], directory, progress=request.progress)
            return directory / part.path
        extract(snapshot, select(snapshot, request.only), directory, progress=request.progress)
        return directory


def _part(found: Found) -> Part:
    return Part(found.path, Stream(lambda: _opened(found), found.size), executable=found.executable)


@contextmanager
def _opened(found: Found) -> Iterator[Source]:
    """The file's bytes; Conflict at the end if it is not what it was at the beginning."""
    if found.path.endswith("/"):
        yield _Nothing()
        return
    try:
        fd = os.open(found.source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise Conflict(f"{found.source} vanished before it was read", path=found.source) from None
    except PermissionError:
        raise Denied(f"{found.source} may not be read", path=found.source) from None
    try:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise Conflict(f"{found.source} is no file any more", path=found.source)
        source = _File(fd)
        yield source
        after = os.stat(found.source)
        if source.count != before.st_size or _look(before) != _look(after):
            raise Conflict(f"{found.source} changed while it was read; nothing was saved", path=found.source)
    except FileNotFoundError:
        raise Conflict(
            f"{found.source} vanished while it was read; nothing was saved", path=found.source
        ) from None
    finally:
        os.close(fd)


def _look(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev


class _File:
    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.count = 0

    def readinto(self, buffer: memoryview, /) -> int:
        count = os.readv(self._fd, [buffer])
        self.count += count
        return count


class _Nothing:
    def readinto(self, buffer: memoryview, /) -> int:
        return 0
