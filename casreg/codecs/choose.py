"""The codec of each chunk: chosen by trying a sample; raw unless something saves 3 %."""

from __future__ import annotations

from typing import Final, NamedTuple

from casreg.codecs import delta, planes, zstd
from casreg.codecs.codes import Codec
from casreg.errors import Corrupt, Unsupported

WORTH: Final = 0.97
"""A codec is taken if stored / plain is below this."""
_SAMPLE: Final = 4 << 10
_SAMPLED_FROM: Final = 32 << 10
_PLANES_FROM: Final = 16 << 10
"""Below this the call costs more than it saves."""
_ALIKE: Final = 0.01
"""A chunk is taken to be like another if their stored / plain differ by less."""


class Coded(NamedTuple):
    """A chunk as it is stored."""

    codec: Codec
    data: list[bytes | memoryview]
    """The stored bytes, end to end."""
    plan: planes.Plan | None = None
    """How ``PLANES`` were made: chunks of the same tensor are alike."""


def encode(
    plain: bytes | memoryview,
    width: int = 0,
    like: planes.Plan | None = None,
    memory: memoryview | None = None,
) -> Coded:
    """The stored bytes of a chunk. With ``RAW`` they are ``plain`` itself, not a copy.

    ``width``: bytes of an element, 0 where nothing is known of ``plain``. ``like``: the plan of a chunk
    of the same width, likely to do for this one; it is dropped unless what comes out is what it promised.

    ``memory``: as many bytes as ``plain`` has, which the stored bytes may lie in then; none, they are new.
    """
    if width and len(plain) >= _PLANES_FROM:
        return (like and _encode_alike(plain, width, like, memory)) or _encode_elements(plain, width, memory)
    if len(plain) >= _SAMPLED_FROM and not _sample_shrinks(plain):
        return Coded(Codec.RAW, [plain])
    packed = zstd.compress(plain)
    return Coded(Codec.ZSTD, [packed]) if len(packed) < WORTH * len(plain) else Coded(Codec.RAW, [plain])


def _encode_alike(
    plain: bytes | memoryview, width: int, like: planes.Plan, memory: memoryview | None
) -> Coded | None:
    """None if the chunk turns out larger than ``like`` has it, or smaller: then another plan may do more."""
    stored = planes.pieces(plain, width, like, memory)
    if stored is None or abs(sum(map(len, stored)) - like.ratio * len(plain)) >= _ALIKE * len(plain):
        return None
    return Coded(Codec.PLANES, stored, like)


def _encode_elements(plain: bytes | memoryview, width: int, memory: memoryview | None) -> Coded:
    expected = planes.estimate(plain, width)
    if expected.planes <= min(expected.zstd, WORTH * expected.raw):
        stored = planes.pieces(plain, width, expected.plan, memory)
        if stored is not None:
            return Coded(Codec.PLANES, stored, expected.plan)
    if expected.zstd < WORTH * expected.raw:
        packed = zstd.compress(plain)
        if len(packed) < WORTH * len(plain):
            return Coded(Codec.ZSTD, [packed])
    return Coded(Codec.RAW, [plain])


def alone(plain: bytes | memoryview, width: int) -> int:
    """At a guess, the stored bytes of a chunk of elements of ``width`` bytes by itself."""
    expected = planes.estimate(plain, width)
    return min(expected.planes, expected.zstd, expected.raw)


def decode(
    codec: int, stored: bytes | memoryview, destination: memoryview, base: bytes | memoryview | None = None
) -> None:
    """Fill ``destination`` with the plain bytes of a chunk; ``base``: those of a delta's base.

    Raises Corrupt unless exactly that many come out, Unsupported for a codec this casreg has not.
    """
    if (codec == Codec.DELTA) != (base is not None):
        raise Corrupt(f"a chunk of codec {codec} {'lacks a' if base is None else 'has a'} base")
    if codec == Codec.ZSTD:
        destination[:] = zstd.decompress(stored, len(destination))
    elif codec == Codec.PLANES:
        planes.decode(stored, destination)
    elif base is not None:
        delta.decode(stored, base, destination)
    elif codec == Codec.RAW:
        if len(stored) != len(destination):
            raise Corrupt(f"a raw chunk has {len(stored)} bytes, the index says {len(destination)}")
        destination[:] = stored
    else:
        raise Unsupported(f"a chunk is stored by codec {codec}, unknown here: upgrade casreg", codec=codec)


def _sample_shrinks(plain: bytes | memoryview) -> bool:
    """Whether any of three samples (front, middle, end) is worth compressing."""
    view = memoryview(plain)
    middle = (len(view) - _SAMPLE) // 2
    samples = (view[:_SAMPLE], view[middle : middle + _SAMPLE], view[-_SAMPLE:])
    return any(len(zstd.compress(sample)) < WORTH * _SAMPLE for sample in samples)
