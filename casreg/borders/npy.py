"""``.npy``, forms 1 to 3: a header that describes one array, then its bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from casreg import arrays
from casreg.borders.layout import MAX_RANK, Layout, Malformed, Span, arrange, byte_size, file_stem
from casreg.borders.window import Window
from casreg.tensors import Tensor

MAGIC: Final = b"\x93NUMPY"
_MAX_HEADER: Final = 1 << 20
_WORDS: Final = {numpy: word for word, numpy in arrays.WORDS.items()}
_ITEM: Final = re.compile(
    r"""\s*+(?P<q>['"])(?P<key>descr|fortran_order|shape)(?P=q)\s*+:\s*+
    (?:(?P<p>['"])(?P<descr>[<>|=][a-zA-Z][0-9]{1,9})(?P=p)|(?P<order>True|False)|\((?P<shape>[0-9L,\s]*+)\))
    \s*+(?:,\s*+|(?=\}))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Array:
    """An array in ``.npy`` form."""

    start: int
    """Where its bytes begin."""
    end: int
    """Where they end."""
    word: str | None
    """The safetensors word of its elements."""
    shape: tuple[int, ...]
    in_c_order: bool

    @property
    def span(self) -> Span:
        return self.start, self.end, self.word

    def moved(self, by: int) -> Array:
        return replace(self, start=self.start + by, end=self.end + by)

    def tensors(self, name: str) -> list[Tensor]:
        """The array as a tensor, if it is one."""
        if self.word and self.in_c_order:
            return [Tensor(name, self.word, self.shape, self.start, self.end - self.start)]
        return []


def locate(path_name: str, window: Window) -> Layout:
    array = find(window, 0, window.size)
    tensors = array.tensors(file_stem(path_name, ".npy") or "array")
    return arrange("npy", window.size, [array.span], tensors)


def find(window: Window, start: int, stop: int) -> Array:
    """The array that begins at ``start``; raises Malformed unless it ends by ``stop``."""
    front = window.take(start, min(start + 12, stop))
    if len(front) < 10 or front[:6] != MAGIC or front[6] not in (1, 2, 3):
        raise Malformed("not .npy")
    before = 10 if front[6] == 1 else 12
    length = int.from_bytes(front[8:before], "little")
    if length > _MAX_HEADER or start + before + length > stop:
        raise Malformed("the header is too long")
    begin = start + before + length
    try:
        text = window.take(start + before, begin).decode("utf-8" if front[6] == 3 else "latin-1").strip()
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error
    if text[:1] != "{" or text[-1:] != "}":
        raise Malformed("no header")
    fields = _fields(text)
    word = _WORDS.get(fields.get("descr", ""))
    shape = _shape(fields.get("shape", ""))
    if len(fields) < 3 or word is None or shape is None:
        return Array(begin, stop, None, (), False)
    end = begin + byte_size(word, shape)
    if end > stop:
        raise Malformed("the array is longer than the file")
    in_c_order = fields["fortran_order"] == "False" or sum(n != 1 for n in shape) <= 1
    return Array(begin, end, word, shape, in_c_order)


def _fields(text: str) -> dict[str, str]:
    """``descr``, ``fortran_order`` and ``shape``; empty if they are anything but plain."""
    found: dict[str, str] = {}
    at = 1
    while item := _ITEM.match(text, at):
        key = item["key"]
        value = item[{"fortran_order": "order"}.get(key, key)]
        if value is None or key in found:
            return {}
        found[key] = value
        at = item.end()
    return found if text[at:].strip() == "}" else {}


def _shape(text: str) -> tuple[int, ...] | None:
    """A tuple of integers as Python prints it, without its parentheses."""
    if not text.strip():
        return ()
    items = [item.strip().removesuffix("L") for item in text.split(",")]
    if len(items) > 1 and not items[-1]:
        items.pop()
    elif len(items) == 1:
        return None  # (3) is a number
    if len(items) > MAX_RANK or not all(item.isdigit() and len(item) < 20 for item in items):
        return None
    return tuple(map(int, items))
