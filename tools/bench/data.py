"""Data that does not compress and does not repeat."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

_PIECE = 16 << 20


def random_bytes(size: int, seed: int = 0) -> bytes:
    return np.random.Generator(np.random.SFC64(seed)).bytes(size)


def random_file(path: Path, size: int, seed: int = 0) -> Path:
    """A new file; afterwards it is in the page cache, as far as there is room."""
    generator = np.random.Generator(np.random.SFC64(seed))
    with path.open("wb") as file:
        for start in range(0, size, _PIECE):
            file.write(generator.bytes(min(_PIECE, size - start)))
    return path


def directory_of_files(root: Path, count: int, size: int, per_folder: int = 1000) -> Path:
    """``count`` files of ``size`` random bytes each, in folders."""
    generator = np.random.Generator(np.random.SFC64(1))
    for number in range(count):
        folder = root / f"{number // per_folder:04d}"
        if number % per_folder == 0:
            folder.mkdir(parents=True)
        (folder / f"{number:06d}.bin").write_bytes(generator.bytes(size))
    return root


def read_through(path: Path) -> None:
    """Bring a file into the page cache."""
    buffer = bytearray(_PIECE)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def files_below(folder: Path) -> list[Path]:
    """Files, in any folder below; no links."""
    return [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]


def empty(folder: Path) -> None:
    """Give the space of all files back and leave the files."""
    for file in files_below(folder):
        file.chmod(0o600)
        os.truncate(file, 0)


def shown(size: int) -> str:
    """1.0 GiB, 4.0 KiB."""
    number, word = float(size), "B"
    for larger in ("KiB", "MiB", "GiB"):
        if number < 1024:
            break
        number, word = number / 1024, larger
    return f"{number:.1f} {word}" if word != "B" else f"{size} B"
