"""The objects under a directory, in the order of their keys, each looked at only when it is asked for."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from typing import TypeAlias

from casreg.stores._oserrors import ABSENT
from casreg.stores._staging import TMP
from casreg.stores.protocol import Entry

_Name: TypeAlias = str
"""A file's name; a folder's ends with ``/``, which is how both sort as keys do."""

# NFS keeps a removed file that somebody has open under such a name until it is closed.
_REMOVED = re.compile(r"\.nfs[0-9a-f]{16,}")


def listing(root: int, prefix: str, after: str) -> Iterator[Entry]:
    """Entries below the open directory ``root``; what vanishes meanwhile is left out. Raises OSError."""
    path, slash, start = prefix.rpartition("/")
    if path.split("/")[0] == TMP or (after > prefix and not after.startswith(prefix)):
        return iter(())
    return _walk(root, path + slash, start, after)


def _walk(root: int, path: str, start: str, after: str) -> Iterator[Entry]:
    """Entries of the directory ``path`` (``""`` or ending in ``/``) whose names begin with ``start``."""
    try:
        folder = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=root)
    except OSError as error:
        if error.errno in ABSENT:
            return
        raise
    try:
        look, regular = os.stat, stat.S_ISREG  # ten thousand times in a row
        for name in _names(folder, start):
            key = path + name
            if key[-1] == "/":
                if (key > after or after.startswith(key)) and key != f"{TMP}/":
                    yield from _walk(root, key, "", after)
            elif key > after:
                try:
                    found = look(name, dir_fd=folder)
                except OSError as error:
                    if error.errno in ABSENT:
                        continue
                    raise
                if regular(found.st_mode):
                    yield Entry(key, found.st_size, found.st_mtime)
    finally:
        os.close(folder)


def _names(folder: int, start: str) -> list[_Name]:
    with os.scandir(folder) as entries:
        # As a set: a file that is replaced while its directory is read may be met twice.
        met = {
            entry.name + "/" if entry.is_dir() else entry.name
            for entry in entries
            if not start or entry.name.startswith(start)
        }
    names = sorted(met)
    together = "".join(names)
    if together.isascii() and together.isprintable() and ".nfs" not in together:
        return names
    # Nobody's objects: no key looks like these.
    return [name for name in names if name.isascii() and name.isprintable() and not _REMOVED.match(name)]
