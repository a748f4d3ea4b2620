"""Python's own numbers, apart from those that are numbers of JSON."""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from casreg.materializers.tree.leaf import Leaf

_PLAIN: Final = 1 << 2048
"""What Python reads and writes in decimal digits, whatever limit was set for them."""
_HEXADECIMAL: Final = re.compile("-?0x[0-9a-f]+")


def pack_int(number: int) -> Any:
    return number if -_PLAIN < number < _PLAIN else {"$int": hex(number)}


def pack_float(number: float) -> Any:
    return number if math.isfinite(number) else {"$float": struct.pack(">d", number).hex()}


def _int(value: Any) -> int:
    if not _HEXADECIMAL.fullmatch(value):
        raise ValueError("an integer is no hexadecimal text")
    return int(value, 16)


def _float(value: Any) -> float:
    number: float = struct.unpack(">d", bytes.fromhex(value))[0]
    return number


def read_int(value: Any) -> int:
    """An integer within another value."""
    if type(value) is int:
        return value
    return _int(value["$int"])


def _read_float(value: Any) -> float:
    if type(value) is float:
        return value
    return _float(value["$float"])


def _complex(value: Any) -> complex:
    real, imaginary = value
    return complex(_read_float(real), _read_float(imaginary))


def _decimal(value: Any) -> Decimal:
    if type(value) is not str:
        raise TypeError("a decimal is no text")
    return Decimal(value)


def _fraction(value: Any) -> Fraction:
    numerator, denominator = map(read_int, value)
    fraction = Fraction(numerator, denominator)
    if fraction.denominator != denominator:
        raise ValueError("a fraction is not in lowest terms")
    return fraction


def _range(value: Any) -> range:
    start, stop, step = map(read_int, value)
    return range(start, stop, step)


LEAVES: Final = (
    Leaf(int, "$int", hex, _int),
    Leaf(float, "$float", lambda number: struct.pack(">d", number).hex(), _float),
    Leaf(complex, "$complex", lambda number: [pack_float(number.real), pack_float(number.imag)], _complex),
    Leaf(Decimal, "$decimal", str, _decimal),
    Leaf(
        Fraction,
        "$fraction",
        lambda number: [pack_int(number.numerator), pack_int(number.denominator)],
        _fraction,
    ),
    Leaf(range, "$range", lambda r: [pack_int(r.start), pack_int(r.stop), pack_int(r.step)], _range),
)
