"""Files and directories: a part per file, of modes only the executable bit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from casreg.errors import Conflict, Corrupt, Denied, InvalidInput, Unavailable
from casreg.materializers import inflating, walk
from casreg.materializers.extract import extract, select
from casreg.materializers.into import fill_by_name
from casreg.materializers.layouts import Layouts, pieces
from casreg.materializers.protocol import Dumped, Past, Request
from casreg.materializers.walk import Found, stamp
from casreg.parts import Part, Stream, in_memory
from casreg.snapshot import Snapshot
from casreg.trust import WARY, Trust

_LINKS = ("follow", "refuse")


class PathMaterializer:
    """Kind ``file`` for a path to a file, ``directory`` for a path to a directory."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def accepts(self, obj: object) -> bool:
        if not isinstance(obj, Path):
            return False
        try:
            found = obj.exists()
        except PermissionError as error:
            raise walk.told(error, str(obj)) from error
        except OSError as error:
            raise InvalidInput(f"{str(obj)[:100]}... is no path: {error.strerror}") from None
        if not found:
            raise walk.missing(obj)
        return obj.is_dir() == (self.kind == "directory")

    def dump(self, obj: Path, params: Mapping[str, Any], trust: Trust = WARY) -> Dumped:
        """``params``: ``symlinks``, ``"follow"`` (a link is stored as what it leads to) or ``"refuse"``;
        ``inflate``, whether ``.npz`` files with deflated arrays are stored inflated (True).
        """
        symlinks = params.get("symlinks", "follow")
        if symlinks not in _LINKS:
            raise InvalidInput(f"symlinks={symlinks!r}: one of {', '.join(_LINKS)}")
        inflate = params.get("inflate", True)
        if type(inflate) is not bool:
            raise InvalidInput(f"inflate={inflate!r}: True or False")
        if self.kind == "file":
            found = walk.one_file(Path(os.path.abspath(obj)), symlinks)
            return _dumped([found], inflate)
        try:
            files = list(walk.directory(obj, symlinks))
        except RecursionError:
            raise InvalidInput(f"{obj} is nested too deeply") from None
        return _dumped(files, inflate)

    def load(self, snapshot: Snapshot, request: Request) -> Any:
        """The path, or what was to be filled by the names of tensors."""
        if request.into is not None:
            if request.directory is not None:
                raise InvalidInput("files go to output_dir=, or tensors from them into=: not both")
            return fill_by_name(snapshot, request.into, request.only)
        directory = request.directory
        assert directory is not None
        if self.kind == "file":
            request.refuse(self.kind, only=request.only)
            part = snapshot.only_part()
            if "/" in part.path:
                raise Corrupt(f"an object of kind 'file' has the part {part.path[:120]!r}", part=part.path)
            extract(snapshot, [part], directory, progress=request.progress, fresh=request.fresh)
            return directory / part.path
        chosen = select(snapshot, request.only)
        extract(snapshot, chosen, directory, progress=request.progress, fresh=request.fresh)
        return directory


def stream(path: Path) -> Stream:
    """A regular file's bytes, which must not change meanwhile. Raises InvalidInput for a link to one."""
    found = walk.one_file(path, "refuse")
    return Stream(partial(_Opened, found), found.size)


def _dumped(files: list[Found], inflate: bool) -> Dumped:
    parts = partial(_parts, files, inflate)
    return Dumped(parts(lambda *_: None), sum(f.size for f in files), continued=parts)


def _parts(files: list[Found], inflate: bool, past: Past) -> Iterator[Part]:
    layouts = Layouts(files)
    for found in files:
        yield _part(found, layouts, inflating.archive(found, past) if inflate else None)


def _part(found: Found, layouts: Layouts, archive: inflating.Archive | None) -> Part:
    if found.path.endswith("/"):
        return Part(found.path, in_memory())
    opened = partial(_Opened, found)
    stream = archive.stream(found.path, opened) if archive else Stream(opened, found.size)
    layout = archive.layout if archive else layouts.of(found)
    return Part(
        found.path,
        stream,
        executable=found.executable,
        tensors=layout.tensors if layout else (),
        pieces=pieces(layout, stream.size or 0) if layout else None,
        file_size=found.size if archive else None,
    )


class _Opened:
    """A file as a source; on leaving, Conflict if it is not what it was at the beginning."""

    __slots__ = ("_before", "_fd", "_found", "_left")

    def __init__(self, found: Found) -> None:
        self._found = found
        self._left = 0

    def __enter__(self) -> Self:
        source = self._found.source
        try:
            self._fd = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            raise Conflict(f"{source} vanished before it was read", path=source) from None
        except PermissionError:
            raise Denied(f"{source} may not be read", path=source) from None
        except OSError as error:
            raise InvalidInput(f"{source} cannot be read: {error.strerror}", path=source) from error
        self._before = os.fstat(self._fd)
        if stamp(self._before) != self._found.stamp:
            os.close(self._fd)
            raise Conflict(f"{source} changed before it was read; nothing was saved", path=source)
        self._left = self._before.st_size
        return self

    def readinto(self, buffer: memoryview, /) -> int:
        if not self._left:  # a file that grew is found by its size at the end
            if not self._before.st_size and os.pread(self._fd, 1, 0):
                raise InvalidInput(
                    f"{self._found.source} says it is empty and is not", path=self._found.source
                )
            return 0
        try:
            count = os.readv(self._fd, [buffer[: self._left]])
        except IsADirectoryError:
            raise Conflict(f"{self._found.source} became a directory", path=self._found.source) from None
        except OSError as error:
            raise Unavailable(f"{self._found.source} cannot be read: {error.strerror}") from error
        self._left -= count
        return count

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)
        if error is not None:
            return
        source = self._found.source
        try:
            after = os.stat(source)
        except OSError:
            raise Conflict(f"{source} vanished while it was read; nothing was saved", path=source) from None
        if self._left or self._found.stamp != stamp(after) or not stat.S_ISREG(after.st_mode):
            raise Conflict(f"{source} changed while it was read; nothing was saved", path=source)
