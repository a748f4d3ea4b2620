"""A directory out of a gzipped tar, as mindtrace-registry keeps directories: nothing outside, no bombs."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Final

from casreg.errors import Corrupt, InvalidInput, NoSpace, Unsafe, Unsupported
from casreg.mindtrace import disk

_HEADERS: Final = 1 << 20
"""Bytes before a member's own, at most: names and attributes."""
_MEMBERS: Final = 4 << 20
_STEP: Final = 1 << 20
_HOPS: Final = 40
"""Links that lead to links."""


def extract(archive: Path, target: Path, *, limit: int | None = None) -> None:
    """Everything in ``archive`` below ``target``, which must be empty; of modes the executable bit.

    A link is laid out as the file of the archive that it leads to. Raises Unsafe for paths and links that
    lead out, Unsupported for links to directories or to nothing, and devices; Corrupt; NoSpace for more than
    ``limit`` bytes, by default half of what is free there.
    """
    left = shutil.disk_usage(target).free // 2 if limit is None else limit
    with disk.opened(archive) as file, gzip.open(file) as stream:
        try:
            _Extraction(target, left).run(_Bounded(stream))
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, OverflowError) as error:
            if isinstance(error, InvalidInput):
                raise
            raise Corrupt(f"{archive} cannot be read: {str(error)[:200]}", path=str(archive)) from error


class _Bounded:
    """A stream of which only so much is read as was allowed."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream
        self.left = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise Corrupt("a tar has headers of more than a MiB")
        return data


class _Extraction:
    def __init__(self, target: Path, left: int) -> None:
        self._target = target
        self._left = left
        self._links: dict[str, str] = {}
        """Paths, and the paths that they lead to."""

    def run(self, stream: _Bounded) -> None:
        stream.left = _HEADERS
        count = 0
        with tarfile.open(fileobj=stream, mode="r|") as tar:  # type: ignore[call-overload]  # read() is all it needs
            while member := tar.next():
                tar.members.clear()  # of millions none is needed again
                count += 1
                if count > _MEMBERS:
                    raise Unsupported(f"a tar has more than {_MEMBERS} members")
                stream.left = member.size + _HEADERS
                self._member(tar, member)
                stream.left = _HEADERS
        for path in self._links:
            self._link(path)

    def _member(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        path = _inside(member.name, member.name)
        if member.isdir():
            (self._target / path).mkdir(parents=True, exist_ok=True)
        elif member.isreg():
            source = tar.extractfile(member)
            assert source is not None
            self._write(path, source, member.size, executable=bool(member.mode & 0o111))
        elif member.islnk():
            self._links[path] = _inside(member.linkname, member.name)
        elif member.issym():
            beside = PurePosixPath(path).parent / member.linkname
            self._links[path] = _inside(os.path.normpath(beside), member.name)
        else:
            raise Unsupported(f"{member.name[:200]!r} in the archive is neither a file nor a directory")

    def _write(self, path: str, source: IO[bytes], size: int, *, executable: bool) -> None:
        self._left -= size
        if self._left < 0:
            raise NoSpace(
                f"the archive is larger than half of what is free at {self._target}", path=path[:200]
            )
        target = self._target / path
        with disk.told(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "xb") as file:
                while block := source.read(_STEP):
                    file.write(block)
                if file.tell() != size:
                    raise Corrupt(f"{path[:200]!r} in the archive is cut off")
                if executable:
                    os.fchmod(file.fileno(), 0o755)

    def _link(self, path: str) -> None:
        """A copy of what the link leads to; no link is ever made."""
        leads = path
        for _ in range(_HOPS):
            if leads not in self._links:
                break
            leads = self._links[leads]
        source = self._target / leads
        if leads in self._links or not source.is_file():
            raise Unsupported(f"the link {path[:200]!r} in the archive leads to no file in it")
        status = source.stat()
        with open(source, "rb") as file:
            self._write(path, file, status.st_size, executable=bool(status.st_mode & 0o100))


def _inside(path: str, member: str) -> str:
    """``path`` without ``.``; raises Unsafe if it leads out."""
    segments = [segment for segment in path.split("/") if segment not in ("", ".")]
    if path.startswith("/") or ".." in segments or "\0" in path or "\\" in path:
        raise Unsafe(f"{member[:200]!r} leads out of the archive", member=member[:200])
    return "/".join(segments)
