"""Where structure lies in files of known formats (spec/borders.md).

Nothing is imported, unpickled or trusted on the way: a file that does not keep to its format in every
respect has no layout, and is then cut by content as any other file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from casreg.borders import archive, elsewhere, gguf, npy, onnx, safetensors
from casreg.borders.directory import Member
from casreg.borders.elsewhere import beside
from casreg.borders.layout import Elsewhere, Layout, Malformed
from casreg.borders.window import Window

__all__ = ["Elsewhere", "Layout", "Member", "beside", "deflated", "inflated", "locate", "tells", "told_of"]

_BY_MAGIC: Final = ((b"\x93NUMPY", npy.locate), (b"PK\x03\x04", archive.locate), (b"GGUF", gguf.locate))
_SMALLEST: Final = 10


def locate(path_name: str, size: int, read: Callable[[int, int], bytes]) -> Layout | None:
    """The layout of a file of ``size`` bytes; None if its format is unknown or not kept to.

    ``read(start, stop)`` gives those bytes; its errors pass through, and fewer bytes than asked for
    mean no layout. At most 64 MiB are read. The format is known by the file's bytes; but ONNX, which has
    no magic, by the end of ``path_name``, which also names a tensor that has no name in the file.
    """
    if size < _SMALLEST:
        return None
    window = Window(size, read)
    try:
        front = window.take(0, _SMALLEST)
        for magic, find in _BY_MAGIC:
            if front.startswith(magic):
                return find(path_name, window)
        if path_name.endswith(onnx.SUFFIX):
            return onnx.locate(path_name, window)
        if front[8:9] == b"{":
            return safetensors.locate(path_name, window)
    except Malformed:
        pass
    return None


def deflated(size: int, read: Callable[[int, int], bytes]) -> list[Member] | None:
    """The members of an ``.npz`` of ``size`` bytes, in the order of the file, if one of them is deflated."""
    try:
        window = Window(size, read)
        return archive.deflated(window) if window.take(0, 4) == b"PK\x03\x04" else None
    except Malformed:
        return None


def inflated(
    size: int, placed: list[tuple[Member, int]], read: Callable[[Member, int], bytes]
) -> Layout | None:
    """As :func:`archive.inflated`; None if the members are not what they look like."""
    try:
        return archive.inflated(size, placed, read)
    except Malformed:
        return None


def tells(path_name: str) -> bool:
    """Whether a file of this name may say where arrays lie in others: its layout's ``elsewhere``."""
    return path_name.endswith(onnx.SUFFIX)


def told_of(size: int, told: list[Elsewhere]) -> Layout | None:
    """The layout of a file of ``size`` bytes, without structure of its own, by what others say of it."""
    try:
        return elsewhere.layout(size, told)
    except Malformed:
        return None
