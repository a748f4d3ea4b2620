"""Protocol buffers on the wire: the fields of messages, without a schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from casreg.borders.layout import Malformed
from casreg.borders.window import Window

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
MAX_FIELDS: Final = 2_000_000
"""Fields of all messages of a file that are looked at."""
_AHEAD: Final = 256
_MAX_VARINT: Final = 10
"""Bytes."""
_FIXED: Final = {FIXED64: 8, FIXED32: 4}


class Field(NamedTuple):
    """A field of a message."""

    number: int
    kind: int
    """``VARINT``, ``FIXED64``, ``BYTES`` (texts, messages, packed numbers) or ``FIXED32``."""
    start: int
    """Where its content begins in the file."""
    end: int
    value: int
    """Of a varint, else 0."""


class Wire:
    """The messages in a window, read field by field; contents are passed over unless asked for."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._left = MAX_FIELDS

    def fields(self, start: int, stop: int) -> Iterator[Field]:
        """The fields of the message that lies at ``start:stop``. Raises Malformed unless they fill it."""
        at = first = start
        heads = b""
        while at < stop:
            self._left -= 1
            if self._left < 0:
                raise Malformed("more fields than are looked at")
            if at + 2 * _MAX_VARINT > first + len(heads) < stop:
                first, heads = at, self._window.take(at, min(at + _AHEAD, stop))
            tag, used = _varint(heads, at - first)
            kind, number, value = tag & 7, tag >> 3, 0
            if kind == VARINT:
                begin = first + used
                value, used = _varint(heads, used)
                end = first + used
            elif kind == BYTES:
                length, used = _varint(heads, used)
                begin = first + used
                end = begin + length
            elif kind in _FIXED:
                begin = first + used
                end = begin + _FIXED[kind]
            else:
                raise Malformed("a group, or no kind of field at all")
            if not 0 < number < 1 << 29 or end > stop:
                raise Malformed("an impossible field, or one that is longer than its message")
            yield Field(number, kind, begin, end, value)
            at = end

    def bytes(self, field: Field) -> bytes:
        return self._window.take(field.start, field.end)

    def text(self, field: Field) -> str:
        """Raises Malformed for what is no text in UTF-8."""
        if field.kind != BYTES:
            raise Malformed("a number in the place of a text")
        try:
            return self.bytes(field).decode()
        except UnicodeDecodeError as error:
            raise Malformed("a text is not UTF-8") from error

    def numbers(self, field: Field, most: int) -> Iterator[int]:
        """A varint, or several that are packed. Raises Malformed for what must be more than ``most``."""
        if field.kind == VARINT:
            yield field.value
            return
        if field.kind != BYTES or field.end - field.start > _MAX_VARINT * most:
            raise Malformed("numbers of another kind, or too many")
        data, at = self.bytes(field), 0
        while at < len(data):
            value, at = _varint(data, at)
            yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at ``at``, and where it ends. Raises Malformed if it does not end, or has over 64 bits."""
    value = 0
    for shift, byte in enumerate(data[at : at + _MAX_VARINT]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            if value >> 64:
                break
            return value, at + shift + 1
    raise Malformed("a number that does not end")
