"""The directories of a version, which has files only."""

from __future__ import annotations

from collections.abc import Iterable

from casreg.models.index import PartEntry


class Tree:
    """Files and directories by path; the root is the empty path."""

    def __init__(self, parts: Iterable[PartEntry]) -> None:
        self.files: dict[str, PartEntry] = {}
        self.directories: dict[str, set[str]] = {"": set()}
        """The paths of what each one holds."""
        for part in parts:
            if part.path[-1:] == "/":
                self.directories.setdefault(part.path[:-1], set())
            else:
                self.files[part.path] = part
            self._hang(part.path.rstrip("/"))

    def _hang(self, path: str) -> None:
        """Into the directory above, that into the one above it, as far up as nothing hangs yet."""
        while path:
            above = path.rpartition("/")[0]
            holds = self.directories.setdefault(above, set())
            if path in holds:
                break
            holds.add(path)
            path = above
