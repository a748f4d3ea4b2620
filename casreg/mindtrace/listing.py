"""The versions that lie in a store of mindtrace-registry: a YAML document each, and a directory.

_meta_<name>@<version>.yaml    0.9 writes "_" for ":" in names (which have no "_"), 0.16 "%3A"
<name>/<version>/              the files
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from casreg.errors import CasregError, Corrupt, InvalidInput, NotFound, Unsafe
from casreg.mindtrace import disk
from casreg.mindtrace.facts import Facts, parse
from casreg.names import Name, Version

_PREFIX: Final = "_meta_"
_SUFFIX: Final = ".yaml"


@dataclass(frozen=True)
class Stored:
    """A version as it lies there."""

    name: Name
    version: Version
    folder: Path
    facts: Facts
    size: int
    """Bytes of its files."""

    def files(self) -> dict[str, int]:
        """Raises Unsafe for links, Corrupt."""
        return disk.files(self.folder)


@dataclass(frozen=True)
class Unreadable:
    """A document that names no version that could be read."""

    document: str
    """Its path, relative to the store."""
    error: CasregError


def listing(directory: Path) -> list[Stored | Unreadable]:
    """Every version, sorted by name, lowest first; then what is damaged.

    Raises NotFound for a directory that is not there, InvalidInput for one that is no such store.
    """
    if not directory.is_dir():
        raise NotFound(f"there is no directory {directory}", path=str(directory))
    documents = sorted(_documents(directory))
    if not documents and not (directory / "registry_metadata.json").is_file():
        raise InvalidInput(f"{directory} is no store of mindtrace-registry's", path=str(directory))
    found = [_read(directory, document) for document in documents]
    stored = sorted(
        [one for one in found if isinstance(one, Stored)], key=lambda one: (one.name, one.version)
    )
    return [*stored, *(one for one in found if isinstance(one, Unreadable))]


def _documents(directory: Path) -> Iterator[str]:
    """Paths relative to ``directory``. A name with ``/`` has made directories."""
    for name in os.listdir(directory):
        if not name.startswith(_PREFIX):
            continue
        if (directory / name).is_dir():
            for below, _, files in os.walk(directory / name):
                folder = Path(below).relative_to(directory)
                yield from (str(folder / file) for file in files if file.endswith(_SUFFIX) and "@" in file)
        elif name.endswith(_SUFFIX) and "@" in name:
            yield name


def _read(directory: Path, document: str) -> Stored | Unreadable:
    try:
        facts = parse(disk.read(directory / document, disk.SMALL))
        stem, _, number = document[len(_PREFIX) : -len(_SUFFIX)].rpartition("@")
        version = Version.parse(number)
        name = Name.parse(_named(stem, version, facts))
        folder = directory / name / number
        _require_inside(directory, folder)
        return Stored(name, version, folder, facts, sum(disk.files(folder).values()))
    except CasregError as error:
        return Unreadable(document, error)


def _named(stem: str, version: str, facts: Facts) -> str:
    """The name that the document's file name stands for; the path in it says which of two."""
    candidates = [stem.replace("%3A", ":"), stem.replace("_", ":")]
    path = facts.path.replace("\\", "/")
    return next((name for name in candidates if path.endswith(f"/{name}/{version}")), candidates[0])


def _require_inside(directory: Path, folder: Path) -> None:
    with disk.told(folder):
        if not folder.is_dir():
            raise Corrupt(f"the directory {folder} of the version is not there", path=str(folder))
        if not folder.resolve().is_relative_to(directory.resolve()):
            raise Unsafe(f"{folder} leads out of the store", path=str(folder))
