"""The layouts of files that are about to be saved: which are looked into, and how their pieces are cut."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Final, TypeAlias

from casreg.borders import Layout, locate
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


def layout(found: Found) -> Layout | None:
    """Where tensors lie in the file. That it is the same file which is read later, its stamp proves."""
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
