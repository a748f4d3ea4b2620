"""Stored bytes of the codec delta that casreg's encoder does not make, and such that no reader takes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

Case = tuple[str, dict[str, Any], bytes]
"""What it is, the recipe of the base, the stored bytes."""

_CONSTANT, _RAW, _ZSTD = range(3)
_SAME = struct.pack("<BI", _CONSTANT, 1) + b"\0"
"""Of the classes, kind, length and bytes: all stripes are of class 0."""


def by_hand() -> Iterator[Case]:
    noise = bytes(37 * i % 256 for i in range(63))
    yield (
        "63 bits of noise below the symbols",
        _base(64),
        _head(8, order=1, shift=52) + _SAME + _alone(63, 8, _RAW, bytes(range(8))) + noise,
    )
    yield (
        "a symbol for all elements",
        _base(2000),
        _head(2) + _SAME + _alone(0, 8, _CONSTANT, b"\x07"),
    )
    classes = b"\x2d"  # of four stripes: 1, 3, 2, 0
    fours = bytes(17 * (i % 15) for i in range(64))
    twos = b"\x24\x92" * 16
    yield (
        "classes that say nothing of residuals",
        _base(3 * 128 + 5),
        _head(1)
        + (_plane(_RAW, classes) + classes)
        + (_group(0, 8, _CONSTANT, b"\x02") + _group(0, 4, _RAW, fours))
        + (_group(0, 2, _RAW, twos) + _group(0, 1, _RAW, bytes(16)))
        + (b"\x02" + fours + twos + bytes(16)),
    )
    one = _frame(b"\0")
    yield (
        "symbols and classes in frames of zstd",
        _base(32),
        _head(4, order=1, shift=31)
        + (_plane(_ZSTD, one) + one)
        + (_alone(3, 8, _ZSTD, _frame(bytes(range(8)))) + b"\x88\xc6\xfa"),
    )
    low, high, classes = b"\xff\xfe\x01", b"\xff", b"\0"
    yield (
        "escapes that wrap around",
        _base(12),
        _head(2, escapes=3)
        + (_plane(_CONSTANT, classes) + _plane(_RAW, low) + _plane(_CONSTANT, high))
        + (classes + low + high)
        + (_alone(4, 8, _RAW, b"\xff\x01\xff\x02\xff\x03") + b"\x21\x43\x65"),
    )


def refused() -> Iterator[Case]:
    symbols = b"\x01\x02\x03\x04\x05\x06"
    own, end = _base(2 * len(symbols)), _alone(0, 8, _RAW, symbols)
    good = _head(2) + _SAME + end
    yield "no bytes at all", own, b""
    yield "half of the head", own, good[:5]
    yield "only the head", own, _head(2)
    yield "a byte is missing", own, good[:-1]
    yield "a byte too many", own, good + b"\0"
    yield "an element is missing", _base(14), good
    yield "the rest is missing", _base(13), good
    yield "bytes where nothing is", _base(0), _head(2) + b"\0"
    for width in (0, 3, 16):
        yield f"width {width}", own, _head(width) + _SAME + end
    yield "order 2", own, _head(2, order=2) + _SAME + end
    yield "a factor for a width of 2", own, _head(2, factor=0.5) + _SAME + end
    for factor in (0.0, 1e-40, float("inf"), float("-inf"), float("nan")):
        yield f"factor {factor}", _base(4 * len(symbols)), _head(4, factor=factor) + _SAME + end
    yield from _with_escapes(own)
    yield from _with_classes(own, end)
    for bits in (0, 3, 16):
        yield f"symbols of {bits} bits", own, _head(2) + _SAME + _alone(0, bits, _RAW, symbols)
    yield "16 bits of noise", own, _head(2) + _SAME + _alone(16, 8, _RAW, symbols) + bytes(12)
    yield "noise that is missing", own, _head(2) + _SAME + _alone(8, 8, _RAW, symbols)
    for name, kind, data in (
        ("symbols of kind 3", 3, symbols),
        ("symbols that are too few", _RAW, symbols[:5]),
        ("symbols that are too many", _RAW, symbols + b"\0"),
        ("one symbol for all, in two bytes", _CONSTANT, b"\0\0"),
        ("symbols in a frame that is none", _ZSTD, symbols),
        ("symbols in a frame of fewer", _ZSTD, _frame(symbols[:5])),
        ("symbols in a frame of more", _ZSTD, _frame(symbols + b"\0")),
        ("symbols in a frame that lies of its size", _ZSTD, _frame(symbols, 7)),
        ("symbols in two frames", _ZSTD, _frame(symbols[:3]) + _frame(symbols[3:])),
        ("bytes behind the frame of the symbols", _ZSTD, _frame(symbols) + b"\0"),
    ):
        yield name, own, _head(2) + _SAME + _alone(0, 8, kind, data)


def _with_escapes(own: dict[str, Any]) -> Iterator[Case]:
    planes = _plane(_CONSTANT, b"\0") * 3 + bytes(3)  # the classes, and two of escapes
    none, all_of_them = _alone(0, 8, _RAW, bytes(6)), _alone(0, 8, _RAW, b"\xff" * 6)
    yield "more escapes than elements", own, _head(2, escapes=7) + planes + all_of_them
    yield "an escape too many", own, _head(2, escapes=1) + planes + none
    yield "an escape too few", own, _head(2, escapes=5) + planes + all_of_them
    yield "escapes that are not there", own, _head(2) + _SAME + all_of_them


def _with_classes(own: dict[str, Any], end: bytes) -> Iterator[Case]:
    two = b"\0\0"
    yield "classes of kind 3", own, _head(2) + _plane(3, two[:1]) + two[:1] + end
    yield "one class for all, in two bytes", own, _head(2) + _plane(_CONSTANT, two) + two + end
    yield "classes that are too many", own, _head(2) + _plane(_RAW, two) + two + end
    yield "classes that end beyond the end", own, _head(2) + struct.pack("<BI", _ZSTD, 2**32 - 1) + end
    of_two = _plane(_RAW, b"\x04") + b"\x04"  # of two stripes: 0, 1
    yield "a class whose group is missing", _base(2 * 130), _head(2) + of_two + end


def _base(size: int) -> dict[str, Any]:
    return {"kind": "counter", "seed": "delta by hand", "size": size}


def _head(width: int, order: int = 0, shift: int = 255, factor: float = 1.0, escapes: int = 0) -> bytes:
    return struct.pack("<BBBfI", width, order, shift, factor, escapes)


def _plane(kind: int, data: bytes) -> bytes:
    return struct.pack("<BI", kind, len(data))


def _group(noise: int, bits: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BB", noise, bits) + _plane(kind, data)


def _alone(noise: int, bits: int, kind: int, symbols: bytes) -> bytes:
    """The only group, without its noise."""
    return _group(noise, bits, kind, symbols) + symbols


def _frame(data: bytes, claimed: int | None = None) -> bytes:
    """zstd, nothing compressed: magic, one segment and its size in a byte, the last block, a raw one."""
    size = len(data) if claimed is None else claimed
    return b"\x28\xb5\x2f\xfd\x20" + bytes([size]) + (len(data) << 3 | 1).to_bytes(3, "little") + data
