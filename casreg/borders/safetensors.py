"""safetensors: u64 length, a JSON header, then the tensors.

The header is read entry by entry: parsed as a whole, it could become twenty times its size.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from casreg.borders.layout import MAX_TENSORS, Layout, Malformed, Span, arrange, byte_size
from casreg.borders.window import Window
from casreg.tensors import ELEMENT_SIZES, Tensor

_TEXT: Final = r'"(?:[^"\\]++|\\.)*+"'
_GAP: Final = r"[ \t\r\n]*+"
_PAIR: Final = f"{_GAP}{_TEXT}{_GAP}:{_GAP}{_TEXT}{_GAP}"
_EMPTY: Final = re.compile(rf"\{{{_GAP}\}}")
_NAME: Final = re.compile(f"{_GAP}({_TEXT}){_GAP}:{_GAP}")
_ENTRY: Final = re.compile(r"\{[^{}]{0,8192}+\}")
_METADATA: Final = re.compile(rf"\{{(?:{_PAIR}(?:,{_PAIR})*+|{_GAP})\}}|null")
_NEXT: Final = re.compile(f"{_GAP}([,}}])")


def locate(_path_name: str, window: Window) -> Layout:
    length = int.from_bytes(window.take(0, 8), "little")
    start = 8 + length
    try:
        text = window.take(8, start).decode()
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error
    spans: list[Span] = [(start, start, None)]
    tensors = []
    names: set[str] = set()
    for name, entry in _entries(text):
        if name in names or len(names) >= MAX_TENSORS:
            raise Malformed("a name comes twice, or too many come")
        names.add(name)
        word, shape, begin, end = _fields(entry)
        if not begin <= end <= window.size - start:
            raise Malformed("a tensor lies outside of the file")
        if word in ELEMENT_SIZES:
            if byte_size(word, shape) != end - begin:
                raise Malformed("a shape contradicts a size")
            tensors.append(Tensor(name, word, shape, start + begin, end - begin))
        spans.append((start + begin, start + end, word if word in ELEMENT_SIZES else None))
    reached = 0
    for begin, end, _ in sorted(spans, key=lambda span: span[:2]):
        if begin < reached and begin < end:
            raise Malformed("tensors overlap")
        reached = max(reached, end)
    return arrange("safetensors", window.size, spans, tensors)


def _entries(text: str) -> Iterator[tuple[str, Any]]:
    """Names and values of the header, ``__metadata__`` left out."""
    empty = _EMPTY.match(text)
    at, more = (empty.end(), False) if empty else (1, True)
    while more:
        found = _match(_NAME, text, at)
        name = _parsed(found[1])
        value = _match(_METADATA if name == "__metadata__" else _ENTRY, text, found.end())
        if name != "__metadata__":
            yield name, _parsed(value[0])
        following = _match(_NEXT, text, value.end())
        at, more = following.end(), following[1] == ","
    if text[at:].strip():
        raise Malformed("bytes behind the header")


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if not found:
        raise Malformed(f"unexpected at {at} of the header")
    return found


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error


def _fields(entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """Word, shape and offsets of a tensor, checked for their types only."""
    if entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise Malformed("unknown fields")
    word, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if (
        type(word) is not str
        or type(shape) is not list
        or type(offsets) is not list
        or len(offsets) != 2
        or any(type(n) is not int or n < 0 for n in (*shape, *offsets))
    ):
        raise Malformed("fields of a wrong type")
    return word, tuple(shape), offsets[0], offsets[1]
