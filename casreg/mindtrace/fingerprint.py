"""What mindtrace-registry kept of a version's bytes: SHA-256 of paths and contents, in two ways."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from casreg.errors import Corrupt
from casreg.mindtrace import disk

_STEP: Final = 1 << 20


def require(folder: Path, paths: Iterable[str], declared: str) -> None:
    """Raise Corrupt unless the files have the hash that was kept of them."""
    listed = list(paths)
    if declared not in (_marked(folder, listed), _plain(folder, listed)):
        raise Corrupt(f"the files of {folder} are not what their hash says", expected=declared[:100])


def _marked(folder: Path, paths: list[str]) -> str:
    """As 0.16 does: sorted as text, with marks between paths and contents."""
    return _hash(folder, sorted(paths), b"P\0", b"\0C\0", b"\0F\0")


def _plain(folder: Path, paths: list[str]) -> str:
    """As 0.9 does: sorted by the segments of paths, end to end."""
    return _hash(folder, sorted(paths, key=PurePosixPath), b"", b"", b"")


def _hash(folder: Path, paths: list[str], before: bytes, between: bytes, after: bytes) -> str:
    made = sha256()
    for path in paths:
        made.update(before + path.encode("utf-8", "surrogateescape") + between)
        with disk.opened(folder / path) as file:
            while block := file.read(_STEP):
                made.update(block)
        made.update(after)
    return made.hexdigest()
