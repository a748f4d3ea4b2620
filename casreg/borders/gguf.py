"""GGUF, versions 2 and 3, little-endian: keys and values, descriptions of the tensors, then the tensors."""

from __future__ import annotations

import math
from struct import Struct
from typing import Final, TypeAlias

from casreg.borders.layout import MAX_RANK, MAX_TENSORS, Layout, Malformed, Span, arrange, byte_size
from casreg.borders.window import MAX_READ, Window
from casreg.tensors import Tensor

_U32: Final = Struct("<I")
_U64: Final = Struct("<Q")
_FIRST_BLOCK: Final = 1 << 16
_STRING, _ARRAY = 8, 9
_VALUE_SIZES: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_WORDS: Final = {0: "F32", 1: "F16", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 30: "BF16"}
_QUANTISED: Final = {
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
    16: (256, 66),
    17: (256, 74),
    18: (256, 98),
    19: (256, 50),
    20: (32, 18),
    21: (256, 110),
    22: (256, 82),
    23: (256, 136),
    29: (256, 56),
    34: (256, 54),
    35: (256, 66),
    39: (32, 17),
    40: (64, 36),
    41: (128, 18),
}
"""Elements and bytes of a block, by type. A tensor of another type ends where the next one begins."""
_DEFAULT_ALIGNMENT: Final = 32


def locate(_path_name: str, window: Window) -> Layout:
    header = _Header(window)
    version, count, pairs = header.u32(4), header.u64(), header.u64()
    if version not in (2, 3) or count > MAX_TENSORS:
        raise Malformed("another version, or too many tensors")
    alignment = _alignment(header, pairs)
    infos = [_info(header) for _ in range(count)]
    if len({name for name, *_ in infos}) != count:
        raise Malformed("a name comes twice")
    start = -(-header.at // alignment) * alignment
    spans: list[Span] = [(header.at, header.at, None)]
    tensors = []
    reached = 0
    infos.sort(key=lambda info: info[3])
    for number, (name, shape, kind, offset) in enumerate(infos, 1):
        following = infos[number][3] if number < len(infos) else window.size - start
        size = _size(kind, shape, following - offset)
        if offset % alignment or offset < reached or not 0 <= size <= window.size - start - offset:
            raise Malformed("a tensor overlaps another, or lies outside of the file")
        reached = offset + size
        spans.append((start + offset, start + reached, _WORDS.get(kind)))
        if kind in _WORDS:
            tensors.append(Tensor(name, _WORDS[kind], shape, start + offset, size))
    return arrange("gguf", window.size, spans, tensors)


_Info: TypeAlias = tuple[str, tuple[int, ...], int, int]
"""Name, shape, type, offset."""


def _alignment(header: _Header, pairs: int) -> int:
    """What ``general.alignment`` says; passes over all keys and values."""
    alignment = _DEFAULT_ALIGNMENT
    for _ in range(pairs):
        key, kind = header.text(), header.u32()
        if key == b"general.alignment":
            alignment = header.u32() if kind == 4 else 0
            if not 0 < alignment <= 1 << 20 or alignment & (alignment - 1):
                raise Malformed("an impossible alignment")
        else:
            _pass_value(header, kind)
    return alignment


def _pass_value(header: _Header, kind: int) -> None:
    """Arrays within arrays lie on a list, not on Python's stack."""
    pending = [(kind, 1)]
    while pending:
        kind, count = pending.pop()
        if kind in _VALUE_SIZES:
            header.skip(_VALUE_SIZES[kind] * count)
        elif kind == _STRING:
            header.require(8 * count)
            for _ in range(count):
                header.text()
        elif kind == _ARRAY and count:
            header.require(12 * count)
            pending += ((kind, count - 1), (header.u32(), header.u64()))
        elif kind != _ARRAY:
            raise Malformed("a value of an unknown type")


def _info(header: _Header) -> _Info:
    try:
        name = header.text().decode()
    except UnicodeDecodeError as error:
        raise Malformed("a name is not UTF-8") from error
    rank = header.u32()
    if rank > MAX_RANK:
        raise Malformed("impossible dimensions")
    dims = [header.u64() for _ in range(rank)]
    return name, tuple(reversed(dims)), header.u32(), header.u64()


def _size(kind: int, shape: tuple[int, ...], room: int) -> int:
    """Bytes of a tensor; ``room`` if its type is unknown."""
    if kind in _WORDS:
        return byte_size(_WORDS[kind], shape)
    if kind not in _QUANTISED:
        return room
    elements, bytes_ = _QUANTISED[kind]
    if (shape[-1] if shape else 1) % elements:
        raise Malformed("a row is no whole number of blocks")
    return math.prod(shape) // elements * bytes_


class _Header:
    """The front of the file, read further as it is parsed. Raises Malformed at its end."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._data = b""
        self.at = 0

    def u32(self, skip: int = 0) -> int:
        self.skip(4 + skip)
        (value,) = _U32.unpack_from(self._data, self.at - 4)
        return int(value)

    def u64(self) -> int:
        self.skip(8)
        (value,) = _U64.unpack_from(self._data, self.at - 8)
        return int(value)

    def text(self) -> bytes:
        length = self.u64()
        self.skip(length)
        return self._data[self.at - length : self.at]

    def skip(self, count: int) -> None:
        self.require(count)
        self.at += count

    def require(self, count: int) -> None:
        """Have the next ``count`` bytes read."""
        have = len(self._data)
        missing = self.at + count - have
        if missing > 0:
            limit = min(self._window.size, MAX_READ - _FIRST_BLOCK) - have
            if missing > limit:
                raise Malformed("the header does not end")
            self._data += self._window.take(have, have + min(max(missing, have, _FIRST_BLOCK), limit))
