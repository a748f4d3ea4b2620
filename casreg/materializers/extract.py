"""Parts of a version as files in a directory.

Every file appears whole or not at all: it is written beside its place and renamed; a directory that is
not there yet is written beside its place and renamed as a whole. Parts are read in windows of a few MiB,
of one large part or of many small ones, on several threads.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from casreg.errors import CasregError, Denied, InvalidInput, NoSpace, Unavailable
from casreg.models.index import PartEntry
from casreg.patterns import Patterns
from casreg.progress import Progress, silent
from casreg.slabs import SlabPool
from casreg.snapshot import Snapshot

_MAX_GROUP = 512
"""Small files that one thread writes in one go."""
_MIN_GROUP = 1 << 20
"""Bytes of small files that are not worth another thread."""
_WRITE = 1 << 20
"""Bytes of one write at most, as in a store (:mod:`casreg.stores._files`)."""
_BESIDE = re.compile(r"\.[0-9a-f]{16}\.casreg")
"""Names of what is not at its place yet, of which nobody else knows."""


def select(snapshot: Snapshot, only: Sequence[str]) -> list[PartEntry]:
    """The parts whose path one of the patterns matches; all if there are none.

    Raises NotFound if a pattern matches nothing.
    """
    chosen = Patterns(only, "/")
    parts = [part for part in snapshot.parts if chosen.match(part.path)]
    chosen.require_all_matched(f"{snapshot.name}@{snapshot.version}")
    return parts


def extract_fresh(
    snapshot: Snapshot, parts: Iterable[PartEntry], directory: Path, *, progress: Progress = silent
) -> None:
    """Make ``directory``, absent or empty, of ``parts``; atomic: it appears whole, or stays what it was."""
    with told(directory):
        _write_whole(snapshot, list(parts), directory, progress)


def extract(
    snapshot: Snapshot,
    parts: Iterable[PartEntry],
    directory: Path,
    *,
    progress: Progress = silent,
    fresh: bool = False,
) -> None:
    """Write ``parts`` below ``directory``, which is made where it is missing: it appears whole.

    Files that are there already are replaced, each atomically; other files are left alone. With
    ``fresh`` there are none, nobody looks at the directory yet, and the files get their names at once.
    """
    chosen = list(parts)
    with told(directory):
        if not fresh and _absent(directory):
            try:
                _write_whole(snapshot, chosen, directory, progress)
            except OSError:
                if _absent(directory):  # if not, somebody has made it meanwhile, and it is theirs, too
                    raise
            else:
                return
        _write_parts(snapshot, chosen, directory, progress, replace=not fresh)


def _absent(directory: Path) -> bool:
    try:
        os.lstat(directory)
    except FileNotFoundError:
        return True
    return False


def _write_whole(snapshot: Snapshot, parts: list[PartEntry], directory: Path, progress: Progress) -> None:
    """Raises OSError if there is something in ``directory`` at the end."""
    beside = directory.with_name(f".{secrets.token_hex(8)}.casreg")
    try:
        _write_parts(snapshot, parts, beside, progress, replace=False)
        beside.rename(directory)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _write_parts(
    snapshot: Snapshot, parts: list[PartEntry], directory: Path, progress: Progress, *, replace: bool
) -> None:
    total, done = sum(p.size for p in parts), 0
    window = snapshot.limits.slab_size
    _make_directories(directory, parts, fresh=not replace)
    files = [p for p in parts if not p.path.endswith("/") and not p.inflated]
    small = [p for p in files if p.size <= window]
    each = -(-sum(p.size for p in small) // snapshot.limits.workers)
    slabs = SlabPool(window, snapshot.limits.workers)

    def write(group: list[PartEntry]) -> int:
        return _write_group(snapshot, directory, group, replace, slabs)

    for size in snapshot.pool().map(write, groups(small, min(window, max(each, _MIN_GROUP)))):
        done += size
        progress(done, total)
    for part in parts:
        for size in _write_restored(snapshot, directory, part, replace) if part.inflated else ():
            done += size
            progress(done, total)
    for part in files:
        if part.size > window:
            for size in _write_large(snapshot, directory, part, replace, slabs):
                done += size
                progress(done, total)


def _make_directories(directory: Path, parts: list[PartEntry], *, fresh: bool) -> None:
    wanted = {part.path.rpartition("/")[0] for part in parts}
    directory.mkdir(parents=True, exist_ok=True)
    root = "" if fresh else os.path.realpath(directory) + os.sep
    for path in sorted(wanted - {""}):
        if not fresh and not (os.path.realpath(directory / path) + os.sep).startswith(root):
            raise InvalidInput(
                f"{directory / path} leads out of {directory}: a link is in the way", path=path
            )
        os.makedirs(directory / path, exist_ok=True)


def groups(parts: Iterable[PartEntry], size: int) -> Iterator[list[PartEntry]]:
    """Parts in turn, so many together that one thread is worth it: of ``size`` bytes at most, or one."""
    group: list[PartEntry] = []
    filled = 0
    for part in parts:
        if group and (filled + part.size > size or len(group) >= _MAX_GROUP):
            yield group
            group, filled = [], 0
        group.append(part)
        filled += part.size
    if group:
        yield group


def _write_group(
    snapshot: Snapshot, directory: Path, group: list[PartEntry], replace: bool, slabs: SlabPool
) -> int:
    with slabs.take() as slab:
        snapshot.read_parts_into(group, slab.view[: sum(part.size for part in group)])
        at = 0
        for part in group:
            with _replacing(f"{directory}/{part.path}", part.executable, replace) as fd:
                _write_all(fd, slab.view[at : at + part.size], 0)
            at += part.size
        return at


def _write_large(
    snapshot: Snapshot, directory: Path, part: PartEntry, replace: bool, slabs: SlabPool
) -> Iterator[int]:
    with _replacing(f"{directory}/{part.path}", part.executable, replace) as fd:

        def write(start: int) -> int:
            with slabs.take() as slab:
                window = slab.view[: part.size - start]
                snapshot.read_range_into(part, start, window)
                _write_all(fd, window, start)
                return len(window)

        yield from snapshot.pool().map(write, range(0, part.size, slabs.size))


def _write_restored(snapshot: Snapshot, directory: Path, part: PartEntry, replace: bool) -> Iterator[int]:
    """A file of a part that is stored inflated. There is none where it cannot be made again."""
    with _replacing(f"{directory}/{part.path}", part.executable, replace) as fd:
        at = 0
        for block in snapshot.restored(part):
            _write_all(fd, memoryview(block), at)
            at += len(block)
            yield len(block)


@contextmanager
def _replacing(path: str, executable: bool, replace: bool) -> Iterator[int]:
    """A new file beside ``path``, which takes its place when all went well and vanishes otherwise;
    without ``replace`` ``path`` itself, where nothing is yet."""
    beside = f"{os.path.dirname(path)}/.{secrets.token_hex(8)}.casreg" if replace else path
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o777 if executable else 0o666)
    try:
        try:
            yield fd
        finally:
            os.close(fd)
        if replace:
            os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _write_all(fd: int, data: memoryview, offset: int) -> None:
    while data:
        count = os.pwrite(fd, data[:_WRITE], offset)
        data, offset = data[count:], offset + count


@contextmanager
def told(directory: Path) -> Iterator[None]:
    """What the operating system refuses below ``directory``, as NoSpace, Denied and such."""
    try:
        yield
    except OSError as error:
        if isinstance(error, CasregError):
            raise
        beside = _BESIDE.search(str(error.filename or ""))
        where = directory if beside or not error.filename else error.filename
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace(f"no space left to write {where}", path=str(where)) from error
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            raise Denied(f"{where} may not be written", path=str(where)) from error
        if error.errno == errno.ENAMETOOLONG:
            raise InvalidInput(f"{str(where)[:120]}... is too long a path for this system") from error
        if isinstance(error, FileExistsError | IsADirectoryError | NotADirectoryError):
            raise InvalidInput(
                f"{where} is in the way: a file where a directory is wanted, or the reverse"
            ) from error
        raise Unavailable(f"{where} cannot be written: {error.strerror}", path=str(where)) from error
