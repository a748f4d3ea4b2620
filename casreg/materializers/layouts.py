"""The layouts of files that are about to be saved: which are looked into, and how their pieces are cut."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Final, TypeAlias

from casreg.borders import Elsewhere, Layout, beside, locate, tells, told_of
from casreg.codecs import planes
from casreg.materializers.walk import Found

Read: TypeAlias = Callable[[int, int], bytes]

_STRUCTURED: Final = 64 << 10
"""Bytes. A file below this is one chunk or two: it is looked into if its name promises tensors."""
_SUFFIXES: Final = (
    ".safetensors",
    ".npy",
    ".npz",
    ".pt",
    ".pth",
    ".bin",
    ".ckpt",
    ".gguf",
    ".onnx",
)


class Layouts:
    """Where tensors lie in files that are saved together: one file may tell it of another.

    That the same files are read later, their stamps prove.
    """

    def __init__(self, files: Sequence[Found]) -> None:
        self._own = {found.path: _own(found) for found in files if tells(found.path)}
        self._told: dict[str, list[Elsewhere]] = {}
        for path, layout in self._own.items():
            for told in layout.elsewhere if layout else ():
                if of := beside(path, told.location):
                    self._told.setdefault(of, []).append(told)

    def of(self, found: Found) -> Layout | None:
        """The file's own layout; if it has none, what the others tell."""
        own = self._own[found.path] if found.path in self._own else _own(found)
        told = self._told.get(found.path)
        return told_of(found.size, told) if told and own is None else own


def _own(found: Found) -> Layout | None:
    if found.size < _STRUCTURED and not found.path.endswith(_SUFFIXES):
        return None
    try:
        with reading(found) as read:
            return locate(found.path, found.size, read)
    except OSError:
        return None  # told when it is saved


@contextmanager
def reading(found: Found) -> Iterator[Read]:
    """What reads ranges of a file, and raises OSError where it cannot."""
    fd = os.open(found.source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        yield lambda start, stop: os.pread(fd, stop - start, start)
    finally:
        os.close(fd)


def pieces(layout: Layout, size: int) -> list[tuple[int, int]]:
    """(bytes, bytes of an element or 0) of each piece of a part of ``size`` bytes."""
    widths = [planes.choose_width(word) or 0 if word else 0 for word in layout.words]
    sizes = [end - start for start, end in pairwise([*layout.pieces, size])]
    return list(zip(sizes, widths, strict=True))
