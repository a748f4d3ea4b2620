"""Text that JSON would change, bytes, and what is written as text."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any, Final
from uuid import UUID

from casreg.errors import InvalidInput
from casreg.materializers.tree.leaf import Leaf

_BETWEEN: Final = re.compile("(?<=[\ud800-\udbff])(?=[\udc00-\udfff])")
"""Where two lone surrogates stand side by side: JSON takes them for one character."""


def is_plain(text: str) -> bool:
    """Whether JSON gives the text again."""
    return text.isascii() or not _BETWEEN.search(text)


def pack(text: str) -> Any:
    return text if is_plain(text) else {"$text": _pieces(text)}


def _pieces(text: str) -> list[str]:
    return _BETWEEN.split(text)


def _text(value: Any) -> str:
    if type(value) is not list:
        raise TypeError("the pieces of a text are no list")
    return "".join(value)


def _base64(data: bytes | bytearray) -> str:
    return b64encode(data).decode()


def _bytes(value: Any) -> bytes:
    return b64decode(value, validate=True)


def _uuid(value: Any) -> UUID:
    uuid = UUID(value)
    if str(uuid) != value:
        raise ValueError("a UUID is not written as one")
    return uuid


def _pack_path(path: PurePath) -> str:
    if type(path)(str(path)) != path:
        raise InvalidInput(f"the path {str(path)!r} means another one when it is read again: give str(path)")
    return str(path)


LEAVES: Final = (
    Leaf(str, "$text", _pieces, _text),
    Leaf(bytes, "$bytes", _base64, _bytes),
    Leaf(bytearray, "$bytearray", _base64, lambda value: bytearray(_bytes(value))),
    Leaf(UUID, "$uuid", str, _uuid),
    Leaf(PurePosixPath, "$posixpath", _pack_path, PurePosixPath),
    Leaf(PureWindowsPath, "$windowspath", _pack_path, PureWindowsPath),
)
