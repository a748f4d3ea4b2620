"""Real text that every Python has: the sources of its standard library."""

from __future__ import annotations

import os
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from casreg.errors import Unsupported

_PROSE = "pydoc_data/topics.py"
"""The language reference, in English."""
_ENOUGH = 64 << 10


@dataclass(frozen=True, slots=True)
class Text:
    files: int
    code: bytes
    prose: bytes


def read_text(limit: int, library: Path | None = None) -> Text:
    """At most ``limit`` bytes of a library, by default this Python's standard one: modules in the
    order of their names, and the language reference.

    Where that is not installed the last quarter of the modules stands in for it. Raises Unsupported
    if there are hardly any sources at all (a Python that ships compiled modules only).
    """
    folder = Path(sysconfig.get_path("stdlib")) if library is None else library
    prose = _read(folder / _PROSE, limit // 4)
    files, pieces, left = int(bool(prose)), [], limit - len(prose)
    for path in _modules(folder):
        piece = _read(path, left)
        if piece:
            files, left = files + 1, left - len(piece)
            pieces.append(piece)
        if left <= 0:
            break
    code = b"".join(pieces)
    if len(code) < _ENOUGH:
        raise Unsupported(f"this Python has no sources in {folder}, which the demo learns from")
    if len(prose) < _ENOUGH:
        border = len(code) * 3 // 4
        code, prose = code[:border], code[border:]
    return Text(files, code, prose)


def _modules(folder: Path) -> list[Path]:
    try:
        return sorted(Path(entry) for entry in os.scandir(folder) if entry.name.endswith(".py"))
    except OSError:
        return []


def _read(path: Path, limit: int) -> bytes:
    """What can be read of it, perhaps nothing: one odd file is no reason to stop."""
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError:
        return b""
