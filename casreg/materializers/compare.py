"""Whether files and directories are what a version holds, as far as possible without reading its data."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from casreg.errors import Conflict, InvalidInput
from casreg.materializers import walk
from casreg.materializers.contents import BLOCK, Span, changed, changed_large
from casreg.materializers.extract import groups
from casreg.models.index import PartEntry
from casreg.progress import Progress
from casreg.slabs import SlabPool
from casreg.snapshot import Snapshot

Kind: TypeAlias = Literal["missing", "extra", "changed", "mode", "type"]


@dataclass(frozen=True)
class Difference:
    """Of a file, or with a trailing ``/`` a directory, from what the version has there."""

    path: str
    kind: Kind
    """``missing``, ``extra``; ``changed``: other bytes; ``mode``: the executable bit is another; ``type``:
    something else is in its place."""
    detail: str = ""
    """For people."""
    start: int | None = None
    stop: int | None = None
    """Of what is ``changed``: between these lies the first byte that is not the version's."""

    def __str__(self) -> str:
        return f"{self.kind} {self.path}" + (f" ({self.detail})" if self.detail else "")


class Seen(NamedTuple):
    """What is there."""

    source: str
    status: os.stat_result | None
    """None: a link that leads nowhere."""


def compare(snapshot: Snapshot, place: Path, progress: Progress) -> list[Difference]:
    """How a directory, or of a version with one part a file, differs from a version; sorted by path.

    Links count as what they lead to. Raises NotFound if there is no such place, InvalidInput for a file where
    the version has several, Conflict if one changes meanwhile, Denied for one that may not be read.
    """
    parts, seen = snapshot.parts, _seen(snapshot, place)
    known = {part.path for part in parts}
    found = [Difference(path, "extra") for path in seen if path not in known and path[-1:] != "/"]
    found += [Difference(path, "extra") for path in _empty(seen) if path not in known]
    files: list[PartEntry] = []
    for part in parts:
        kind, detail = _told_apart(part, seen)
        if kind is not None:
            found.append(Difference(part.path, kind, detail))
        elif part.path[-1:] != "/":
            files.append(part)
    found += _contents(snapshot, files, seen, progress)
    in_the_way = {one.path.rstrip("/") for one in found if one.kind == "type"}
    told = [one for one in found if one.kind != "extra" or one.path.rstrip("/") not in in_the_way]
    return sorted(told, key=lambda one: (one.path, one.kind))


def _empty(seen: dict[str, Seen]) -> Iterator[str]:
    """Directories with nothing in them."""
    above = {path[: at + 1] for path in seen for at in range(len(path) - 1) if path[at] == "/"}
    return (path for path in seen if path[-1:] == "/" and path not in above)


def _told_apart(part: PartEntry, seen: dict[str, Seen]) -> tuple[Kind | None, str]:
    """How a part differs from what is in its place, as far as a listing tells."""
    path = part.path.rstrip("/")
    file, directory = seen.get(path), seen.get(f"{path}/")
    if file is None and directory is None:
        return "missing", ""
    if part.path[-1:] == "/":
        return (None, "") if directory else ("type", "a file instead of a directory")
    if file is None:
        return "type", "a directory instead of a file"
    if file.status is None:
        return "type", "a link to nothing"
    return (None, "") if stat.S_ISREG(file.status.st_mode) else ("type", "neither a file nor a directory")


def _contents(
    snapshot: Snapshot, files: list[PartEntry], seen: dict[str, Seen], progress: Progress
) -> Iterator[Difference]:
    """Differences of files that are there from the parts of the same paths."""
    window, total, done = snapshot.limits.slab_size, sum(part.size for part in files), 0
    slabs = SlabPool(BLOCK, snapshot.limits.workers + 1)

    def small(group: list[PartEntry]) -> tuple[int, list[Difference]]:
        with slabs.take() as slab:
            differs = partial(changed, snapshot, memory=slab.view)
            return sum(part.size for part in group), [
                one for part in group for one in _of_file(part, seen[part.path], differs)
            ]

    alone = [part for part in files if part.inflated or part.size > window]
    together = groups((part for part in files if not part.inflated and part.size <= window), window)
    for size, differences in snapshot.pool().map(small, together):
        yield from differences
        done += size
        progress(done, total)
    for part in alone:
        before = done

        def advance(count: int, before: int = before) -> None:
            progress(before + count, total)

        yield from _of_file(part, seen[part.path], partial(changed_large, snapshot, slabs, advance))
        done += part.size
        progress(done, total)


def _of_file(
    part: PartEntry, seen: Seen, differs: Callable[[PartEntry, int], Span | None]
) -> Iterator[Difference]:
    with _opened(seen.source) as fd:
        status = os.fstat(fd)
        if bool(status.st_mode & 0o111) != part.executable:
            wanted = "executable" if part.executable else "not executable"
            yield Difference(part.path, "mode", f"is to be {wanted}")
        span = differs(part, fd)
    sizes = f"{status.st_size} bytes instead of {part.size}" if status.st_size != part.size else ""
    if span is not None:
        where = f"first in bytes {span.start} to {span.stop}"
        yield Difference(part.path, "changed", f"{sizes}, {where}" if sizes else where, *span)


@contextmanager
def _opened(source: str) -> Iterator[int]:
    """Raises Conflict if the file is not the same at the end."""
    try:
        fd = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise walk.told(error, source) from error
    try:
        before = walk.stamp(os.fstat(fd))
        yield fd
        if walk.stamp(os.fstat(fd)) != before:
            raise Conflict(f"{source} changed while it was compared", path=source)
    except OSError as error:
        raise walk.told(error, source) from error
    finally:
        os.close(fd)


def _seen(snapshot: Snapshot, place: Path) -> dict[str, Seen]:
    """By path as in the version, a directory's with a trailing ``/``."""
    if place.is_dir():
        return dict(_below(str(place)))
    try:
        status = place.stat()
    except FileNotFoundError:
        raise walk.missing(place) from None
    except OSError as error:
        raise walk.told(error, str(place)) from error
    if len(snapshot.parts) != 1 or snapshot.parts[0].path[-1:] == "/":
        raise InvalidInput(
            f"{place} is a file, and {snapshot.name}@{snapshot.version} has {len(snapshot.parts)} files:"
            " give the directory with all of them",
            path=str(place),
        )
    return {snapshot.parts[0].path: Seen(str(place), status)}


def _below(root: str) -> Iterator[tuple[str, Seen]]:
    """All below a directory; a link to a directory that contains it is none."""
    waiting: list[tuple[str, str, frozenset[tuple[int, int]]]] = [(root, "", frozenset())]
    while waiting:
        source, prefix, above = waiting.pop()
        try:
            above |= {_identity(os.stat(source))}
            names = os.listdir(source)
        except OSError as error:
            raise walk.told(error, source) from error
        for name in names:
            path, below = prefix + name, f"{source}/{name}"
            status = _look(below)
            if status and stat.S_ISDIR(status.st_mode) and _identity(status) not in above:
                path += "/"
                waiting.append((below, path, above))
            yield path, Seen(below, status)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _look(source: str) -> os.stat_result | None:
    """None for a link that leads nowhere."""
    try:
        return os.stat(source)
    except OSError as error:
        if os.path.islink(source) and not isinstance(error, PermissionError):
            return None
        raise walk.told(error, source) from error
