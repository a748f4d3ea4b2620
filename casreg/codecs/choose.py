"""The codec of each chunk: chosen by trying a sample; raw unless something saves 3 %."""

from __future__ import annotations

from typing import Final

from casreg.codecs import planes, zstd
from casreg.codecs.codes import Codec
from casreg.errors import Corrupt, Unsupported

WORTH: Final = 0.97
"""A codec is taken if stored / plain is below this."""
_SAMPLE: Final = 4 << 10
_SAMPLED_FROM: Final = 32 << 10
_PLANES_FROM: Final = 16 << 10
"""Below this the call costs more than it saves."""


def encode(plain: bytes | memoryview, width: int = 0) -> tuple[Codec, bytes | memoryview]:
    """(codec, stored bytes). With ``RAW`` the stored bytes are ``plain`` itself, not a copy.

    ``width``: bytes of an element, 0 where nothing is known of ``plain``.
    """
    if width and len(plain) >= _PLANES_FROM:
        return _encode_elements(plain, width)
    if len(plain) >= _SAMPLED_FROM and not _sample_shrinks(plain):
        return Codec.RAW, plain
    packed = zstd.compress(plain)
    return (Codec.ZSTD, packed) if len(packed) < WORTH * len(plain) else (Codec.RAW, plain)


def _encode_elements(plain: bytes | memoryview, width: int) -> tuple[Codec, bytes | memoryview]:
    expected = planes.estimate(plain, width)
    if expected.planes <= min(expected.zstd, WORTH * expected.raw):
        stored = planes.encode(plain, width, expected.plan)
        if stored is not None:
            return Codec.PLANES, stored
    if expected.zstd < WORTH * expected.raw:
        packed = zstd.compress(plain)
        if len(packed) < WORTH * len(plain):
            return Codec.ZSTD, packed
    return Codec.RAW, plain


def decode(codec: int, stored: bytes | memoryview, destination: memoryview) -> None:
    """Fill ``destination`` with the plain bytes of a chunk.

    Raises Corrupt unless exactly that many come out, Unsupported for a codec this casreg has not.
    """
    if codec == Codec.ZSTD:
        destination[:] = zstd.decompress(stored, len(destination))
    elif codec == Codec.PLANES:
        planes.decode(stored, destination)
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
