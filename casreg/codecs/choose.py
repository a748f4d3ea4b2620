"""The codec of each chunk: chosen by trying a sample; raw unless something saves 3 %."""

from __future__ import annotations

from typing import Final

from casreg.codecs import zstd
from casreg.codecs.codes import Codec
from casreg.errors import Corrupt, Unsupported

WORTH: Final = 0.97
"""A codec is taken if stored / plain is below this."""
_SAMPLE: Final = 4 << 10
_SAMPLED_FROM: Final = 32 << 10


def encode(plain: bytes | memoryview) -> tuple[Codec, bytes | memoryview]:
    """(codec, stored bytes). With ``RAW`` the stored bytes are ``plain`` itself, not a copy."""
    if len(plain) >= _SAMPLED_FROM and not _sample_shrinks(plain):
        return Codec.RAW, plain
    packed = zstd.compress(plain)
    return (Codec.ZSTD, packed) if len(packed) < WORTH * len(plain) else (Codec.RAW, plain)


def decode(codec: int, stored: bytes | memoryview, destination: memoryview) -> None:
    """Fill ``destination`` with the plain bytes of a chunk.

    Raises Corrupt unless exactly that many come out, Unsupported for a codec this casreg has not.
    """
    if codec == Codec.ZSTD:
        destination[:] = zstd.decompress(stored, len(destination))
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
