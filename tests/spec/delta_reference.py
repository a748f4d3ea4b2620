"""The codec `delta`, written from ``spec/codecs.md`` alone: plain Python, one element at a time."""

from __future__ import annotations

import struct
from itertools import islice

import zstandard


def bits(data: bytes, width: int, count: int) -> list[int]:
    """``count`` numbers of ``width`` bits, the first in the lowest bits of the first byte."""
    stream, mask = int.from_bytes(data, "little"), (1 << width) - 1
    return [stream >> (i * width) & mask for i in range(count)]


def scaled(p: int, factor: float) -> int:
    if p >> 23 & 0xFF in (0, 0xFF):
        return p
    # The product of two binary32 numbers is exact in binary64; packing it rounds once.
    product = struct.unpack("<f", struct.pack("<I", p))[0] * factor
    sign = 0x80000000 if product < 0 else 0
    try:
        bits_of = int(struct.unpack("<I", struct.pack("<f", product))[0])
    except OverflowError:
        return 0x7F800000 | sign
    return sign if bits_of >> 23 & 0xFF < 2 else bits_of


REFUSED = AssertionError, struct.error, StopIteration, zstandard.ZstdError
"""What :func:`undo` raises for bytes that a reader must refuse."""


def undo(stored: bytes, base: bytes) -> bytes:
    width, order, shift, factor, escaped = struct.unpack_from("<BBBfI", stored)
    assert width in (1, 2, 4, 8)
    assert order in (0, 1)
    assert factor == 1 or (width == 4 and 2.0**-126 <= abs(factor) < 2.0**128)
    b, count, at = 8 * width, len(base) // width, 11
    mask, top = (1 << b) - 1, 1 << (b - 1)
    below = struct.unpack(f"<{count}{' BH I   Q'[width]}", base[: count * width])

    def header(form: str) -> tuple[int, ...]:
        nonlocal at
        at += struct.calcsize(form)
        return struct.unpack_from(form, stored, at - struct.calcsize(form))

    def take(length: int) -> bytes:
        nonlocal at
        at += length
        assert at <= len(stored)
        return stored[at - length : at]

    def plane(kind: int, length: int, size: int) -> bytes:
        data = take(length)
        assert kind in (0, 1, 2)
        assert kind != 0 or length == 1
        found = (data * size, data, None)[kind]
        if found is None:
            decompressor = zstandard.ZstdDecompressor()
            found = decompressor.decompress(data, max_output_size=size, allow_extra_data=False)
        assert len(found) == size
        return found

    stripes = -(-count // 128)
    forms = [header("<BI") for _ in range(bool(count))]
    planes = [header("<BI") for _ in range(width if escaped else 0)]
    packed = [plane(kind, length, (2 * stripes + 7) // 8) for kind, length in forms]
    classes = bits(packed[0], 2, stripes) if count else []
    bodies = [plane(kind, length, escaped) for kind, length in planes]
    escapes = (sum(body[i] << 8 * place for place, body in enumerate(bodies)) for i in range(escaped))

    keys = [(p & ~top) >> shift & 0xFF if shift < b else 0 for p in below]
    positions, sizes = [], []
    for number_of_class in range(4):
        members = [i for i in range(count) if classes[i // 128] == number_of_class]
        positions += sorted(members, key=keys.__getitem__)
        counts = [0]
        for key in range(256):
            counts[-1] += sum(keys[i] == key for i in members) if members else 0
            if counts[-1] >= 512:
                counts.append(0)
        last = counts.pop()
        if last:
            counts[-1:] = [counts[-1] + last if counts else last]
        sizes += counts
    groups = [header("<BBBI") for _ in sizes]
    residuals = []
    for size, (noise, width_of_symbol, kind, length) in zip(sizes, groups, strict=True):
        assert width_of_symbol in (8, 4, 2, 1)
        assert noise < b
        joined = plane(kind, length, (size * width_of_symbol + 7) // 8)
        highest = (1 << width_of_symbol) - 1
        symbols = bits(joined, width_of_symbol, size)
        low = bits(take((size * noise + 7) // 8), noise, size)
        for symbol, rest in zip(symbols, low, strict=True):
            above = symbol + next(escapes) if symbol == highest else symbol
            residuals.append((above << noise | rest) & mask)
    assert not list(islice(escapes, 1))

    def number(x: int) -> int:
        return x if not order else (~x & mask if x & top else x | top)

    def undo_number(n: int) -> int:
        return n if not order else (n & ~top if n & top else ~n & mask)

    elements = [0] * count
    for position, y in zip(positions, residuals, strict=True):
        p = below[position] if factor == 1 else scaled(below[position], factor)
        elements[position] = undo_number((number(p) + (y >> 1 ^ (mask if y & 1 else 0))) & mask)
    rest = stored[at:]
    assert len(rest) == len(base) - count * width
    return struct.pack(f"<{count}{' BH I   Q'[width]}", *elements) + rest
