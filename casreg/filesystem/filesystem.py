"""Versions of a store as a file system."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from fsspec.utils import tokenize

from casreg.errors import InvalidInput, NotFound, StoreNotFound
from casreg.filesystem.file import CasregFile
from casreg.filesystem.globbing import expanded, is_of_names, matches
from casreg.filesystem.paths import Place, parse
from casreg.filesystem.refusing import Refusing
from casreg.filesystem.shelf import Opened, Shelf
from casreg.lazytensor import Range
from casreg.models.index import PartEntry
from casreg.names import Name
from casreg.names.escape import beginning
from casreg.registry import listing


class CasregFileSystem(Refusing):
    """``casreg://name@version/path``.

    Directories are names, what names begin with, versions, and directories in those. ``ls("det/yolo")`` lists
    versions, as ``det/yolo@1``; tags, ``latest`` and digests are found, and not listed.

    ``store``: a path or URL; by default ``CASREG_STORE``, else a directory below the user's data.

    What is not there raises FileNotFoundError, damage Corrupt, a change ReadOnly.
    """

    protocol = "casreg"
    root_marker = ""

    def __init__(self, store: str | os.PathLike[str] | None = None, **options: Any) -> None:
        super().__init__(store=store, **options)
        for slip in get_close_matches("store", options):  # others are fsspec's, or of its chains
            raise InvalidInput(f"there is no option {slip}=: did you mean store=?")
        if store is not None and not isinstance(store, str | Path):
            raise InvalidInput(f"store= is a path or a URL, not {type(store).__name__}")
        self._shelf = Shelf(None if store is None else str(store))

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        return super()._strip_protocol(path).lstrip("/")

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        path = self._strip_protocol(path)
        place = parse(path)
        if not place.is_version:
            found = self._names(path)
        else:
            with _told(path):
                opened = self._shelf.version(place.reference)
            if place.inside in opened.tree.files:
                found = [_info(place, opened, place.inside)]
            elif place.inside in opened.tree.directories:
                inside = sorted(opened.tree.directories[place.inside])
                found = [_info(place, opened, one) for one in inside]
            else:
                raise FileNotFoundError(path)
        return found if detail else [one["name"] for one in found]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Of files and directories of versions also ``version``, and ``digest``, of the version."""
        path = self._strip_protocol(path)
        place = parse(path)
        if not place.is_version:
            self._names(path)
            return _directory(path)
        with _told(path):
            return _info(place, self._shelf.version(place.reference), place.inside)

    def glob(self, path: str, maxdepth: int | None = None, **options: Any) -> Any:
        path = self._strip_protocol(path)
        if not is_of_names(path):
            return super().glob(path, maxdepth, **options)
        found = {info["name"]: info for info in self._matching(path)}
        return dict(sorted(found.items())) if options.get("detail") else sorted(found)

    def _matching(self, pattern: str) -> Iterator[dict[str, Any]]:
        states = listing.states_of_all(self._shelf.registry().backend)
        references = [f"{name}@{state.version}" for name in states for state in states[name]]
        for one, rest in expanded(pattern, references):
            if "@" not in one:
                yield _directory(one)
                continue
            place, opened = parse(one), self._shelf.version(one)
            for inside in [*opened.tree.files, *opened.tree.directories]:
                if matches(inside, rest) if inside and rest else inside == rest:
                    yield _info(place, opened, inside)

    def ukey(self, path: str) -> str:
        """The same for the same file of the same version, by whatever reference, in any store."""
        info = self.info(path)
        return str(tokenize(info.get("digest"), parse(self._strip_protocol(path)).inside))

    def checksum(self, path: str) -> int:
        return int(self.ukey(path), 16)

    def created(self, path: str) -> datetime:
        """When the version was saved."""
        opened, _ = self._version(path)
        return opened.snapshot.ref.created

    modified = created

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        opened, part = self._file(path)
        start, end, _step = slice(start, end).indices(part.size)
        return opened.snapshot.read(part.path, start, max(start, end))

    def cat_ranges(
        self,
        paths: list[str],
        starts: int | list[int | None] | None,
        ends: int | list[int | None] | None,
        max_gap: int | None = None,
        on_error: str = "return",
        **_: Any,
    ) -> list[Any]:
        """Ranges of one file are fetched together, those that are near each other in one go."""
        wanted = list(zip(paths, _spread(starts, paths), _spread(ends, paths), strict=True))
        found: dict[int, Any] = {}
        for path in dict.fromkeys(paths):
            places = [at for at, one in enumerate(wanted) if one[0] == path]
            try:
                read = self._ranges(path, [wanted[at][1:] for at in places])
            except Exception as error:
                if on_error != "return":
                    raise
                read = [error] * len(places)
            found.update(zip(places, read, strict=True))
        return [found[at] for at in range(len(paths))]

    def _ranges(self, path: str, wanted: list[tuple[int | None, int | None]]) -> list[Any]:
        opened, part = self._file(path)
        spans = [slice(*one).indices(part.size)[:2] for one in wanted]
        if part.inflated:
            return [opened.snapshot.read(part.path, start, max(start, end)) for start, end in spans]
        buffers = [bytearray(max(0, end - start)) for start, end in spans]
        ranges = [Range(part, at, memoryview(b)) for (at, _), b in zip(spans, buffers, strict=True) if b]
        opened.snapshot.read_ranges(ranges)
        return [bytes(buffer) for buffer in buffers]

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,
        cache_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        if mode != "rb":
            self._refuse(path)
        opened, part = self._file(path)
        if part.inflated:
            return _restored(opened, part)
        options.pop("size", None)
        info = _info(parse(path), opened, part.path)
        return CasregFile(
            self,
            path,
            opened.snapshot,
            info,
            block_size=block_size or "default",
            autocommit=autocommit,
            cache_options=cache_options,
            **options,
        )

    def _version(self, path: str) -> tuple[Opened, Place]:
        path = self._strip_protocol(path)
        place = parse(path)
        if not place.is_version:
            self._names(path)
            raise IsADirectoryError(path)
        with _told(path):
            return self._shelf.version(place.reference), place

    def _file(self, path: str) -> tuple[Opened, PartEntry]:
        opened, place = self._version(path)
        if place.inside in opened.tree.files:
            return opened, opened.tree.files[place.inside]
        raise (IsADirectoryError if place.inside in opened.tree.directories else FileNotFoundError)(path)

    def _names(self, path: str) -> list[dict[str, Any]]:
        """What lies in a name, or in what names begin with: versions, names. One listing."""
        with _told(path):
            states = listing.states_of_all(self._shelf.registry().backend, beginning(path) if path else "")
        start = f"{path}/" if path else ""
        below = {start + name[len(start) :].partition("/")[0] for name in states if name.startswith(start)}
        versions = states.get(_name(path), []) if path else []
        if path and not below and not versions:
            raise FileNotFoundError(path)
        return [
            *[_directory(f"{path}@{state.version}") for state in versions],
            *[_directory(name) for name in sorted(below)],
        ]


def _name(path: str) -> Name:
    try:
        return Name.parse(path)
    except InvalidInput:
        _absent(path)


def _absent(path: str) -> NoReturn:
    raise FileNotFoundError(path)


def _directory(path: str) -> dict[str, Any]:
    return {"name": path, "size": 0, "type": "directory"}


def _info(place: Place, opened: Opened, inside: str) -> dict[str, Any]:
    snapshot, part = opened.snapshot, opened.tree.files.get(inside)
    if part is None and inside not in opened.tree.directories:
        _absent(f"{place.reference}/{inside}")
    return {
        "name": f"{place.reference}/{inside}" if inside else place.reference,
        "size": part.size if part else 0,
        "type": "file" if part else "directory",
        "version": str(snapshot.version),
        "digest": str(snapshot.digest),
        **({"executable": part.executable} if part else {}),
    }


def _spread(given: Any, paths: list[str]) -> list[Any]:
    return list(given) if isinstance(given, list) else [given] * len(paths)


def _restored(opened: Opened, part: PartEntry) -> Any:
    """A file that is made of what is stored inflated: whole, since no part of it is proved before the end."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's
    try:
        for block in opened.snapshot.restored(part):
            file.write(block)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


@contextmanager
def _told(path: str) -> Iterator[None]:
    """What is not there, and what can be no name, as callers of fsspec expect it."""
    try:
        yield
    except StoreNotFound:
        raise
    except (NotFound, InvalidInput) as error:
        raise FileNotFoundError(f"{path}: {error}") from error
