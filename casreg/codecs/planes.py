"""planes: the bytes of the elements of an array, place by place (spec/codecs.md).

The sign and exponent bytes of floats repeat, their mantissa is noise: apart, the first are worth an
entropy coder and the second cost nothing to pass by. Needs numpy, loaded when first used.
"""

from __future__ import annotations

from typing import Final

from casreg.codecs import kernel
from casreg.codecs._planes_elements import WIDTHS, Transform
from casreg.codecs._planes_frames import HEAD, PLANE, frame, plane
from casreg.codecs._planes_kinds import KINDS, Kind
from casreg.codecs._planes_sample import Estimate, Plan, estimate, plan
from casreg.errors import Corrupt
from casreg.tensors import COMPLEX, ELEMENT_SIZES

__all__ = ["Estimate", "Plan", "choose_width", "decode", "encode", "estimate"]

WORTH: Final = 0.97
"""Taken if stored / plain is below this."""
_WIDTHS: Final = {word: size // 2 if word in COMPLEX else size for word, size in ELEMENT_SIZES.items()}


def choose_width(dtype: str) -> int | None:
    """Bytes of an element (of a half, if complex) of a safetensors dtype; None for words unknown here."""
    return _WIDTHS.get(dtype)


def encode(plain: bytes | memoryview, width: int, chosen: Plan | None = None) -> bytes | None:
    """:func:`pieces` in one piece."""
    stored = pieces(plain, width, chosen)
    return None if stored is None else b"".join(stored)


def pieces(
    plain: bytes | memoryview, width: int, chosen: Plan | None = None, memory: memoryview | None = None
) -> list[bytes | memoryview] | None:
    """The stored bytes, end to end, of a chunk of elements of ``width`` bytes; None unless they save 3 %.

    ``chosen``: the plan of an estimate already made of the chunk; else one is made. ``memory``: as many bytes
    as the chunk has, for planes that are stored as they are.
    """
    import numpy as np

    count = len(plain) // width
    if not count:
        return None
    transform, efforts, _ = chosen or plan(plain, width)
    elements = np.frombuffer(plain, f"<u{width}", count)
    room = memory if memory is None else memory[: count * width]
    planes = kernel.loops().split(elements, transform, out=room)
    frames = [frame(plane, effort) for plane, effort in zip(planes, efforts, strict=True)]
    rest = memoryview(plain)[count * width :]
    head = HEAD.pack(width, transform) + b"".join([PLANE.pack(kind, len(data)) for kind, data in frames])
    if len(head) + sum(len(data) for _, data in frames) + len(rest) >= WORTH * len(plain):
        return None
    return [head, *[data for _, data in frames], rest]


def decode(stored: bytes | memoryview, destination: memoryview) -> None:
    """Fill ``destination`` with the plain bytes of a chunk.

    Raises Corrupt for stored bytes that no encoder makes, or of another size; what is in
    ``destination`` then is undefined. Sets aside at most as many bytes as it fills, less where planes are
    stored as they are.
    """
    import numpy as np

    transform, width, frames, rest = _parse(memoryview(stored), len(destination))
    body = len(destination) - len(rest)
    elements = np.frombuffer(destination[:body], f"<u{width}")
    planes = [plane(kind, data, len(elements)) for kind, data in frames]
    kernel.loops().merge(planes, transform, elements)
    destination[body:] = rest


def _parse(stored: memoryview, size: int) -> tuple[Transform, int, list[tuple[int, memoryview]], memoryview]:
    """(transform, width, (kind, frame) of each plane, what follows the last whole element)."""
    if len(stored) < HEAD.size:
        raise Corrupt(f"a chunk of planes has {len(stored)} bytes")
    width, code = HEAD.unpack_from(stored)
    if width not in WIDTHS:
        raise Corrupt(f"a chunk of planes has elements of {width} bytes")
    if code not in set(Transform):
        raise Corrupt(f"a chunk of planes has transform {code}, which does not exist")
    count, over = divmod(size, width)
    at = HEAD.size + width * PLANE.size
    if not count or len(stored) < at:
        raise Corrupt(f"a chunk of planes has {len(stored)} bytes for {size}, elements of {width}")
    frames = []
    for kind, length in PLANE.iter_unpack(stored[HEAD.size : at]):
        if kind not in KINDS or length != {Kind.CONSTANT: 1, Kind.RAW: count}.get(kind, length):
            raise Corrupt(f"a plane of {count} bytes has kind {kind} and {length} stored bytes")
        frames.append((kind, stored[at : at + length]))
        at += length
    if at + over != len(stored):
        raise Corrupt(f"a chunk of planes has {len(stored)} bytes, its header says {at + over}")
    return Transform(code), width, frames, stored[at:]
