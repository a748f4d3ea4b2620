"""An open file."""

from __future__ import annotations

from typing import Any

from fsspec.spec import AbstractBufferedFile

from casreg.filesystem.paths import parse
from casreg.snapshot import Snapshot


class CasregFile(AbstractBufferedFile):  # type: ignore[misc]  # fsspec is not typed
    """A part of a version, which stays what it was when it was opened; fetched by ranges."""

    def __init__(self, fs: Any, path: str, snapshot: Snapshot, info: dict[str, Any], **options: Any) -> None:
        self._snapshot, self._inside = snapshot, parse(path).inside
        super().__init__(fs, path, "rb", size=info["size"], **options)
        self.details = info

    def _fetch_range(self, start: int, end: int) -> bytes:
        return self._snapshot.read(self._inside, start, end)
