"""Encoded chunks, and streams stored inflated: what decoding makes of them."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from casreg import frames, inflated
from casreg.codecs import Codec, planes
from casreg.codecs import decode as decode_chunk
from casreg.errors import Corrupt, Unsupported
from tools.fuzz.target import Target


def _chunk(codec: Codec, size: int) -> Callable[[bytes], object]:
    def parse(stored: bytes) -> None:
        destination = memoryview(bytearray(size))
        decode_chunk(codec, stored, destination)

    return parse


_ELEMENTS = np.arange(512, dtype="<u4").tobytes()
_PLANES = planes.encode(_ELEMENTS, 4) or b""


def _archive() -> tuple[bytes, bytes]:
    """A file with a deflated stretch, and the stream that it is stored inflated as."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
    stretch = deflater.compress(bytes(500)) + deflater.flush()
    file = b"front" + stretch + b"end"
    recipe = inflated.find(len(file), [(5, 5 + len(stretch), 500)], lambda start, stop: file[start:stop])
    assert recipe is not None
    return file, b"".join(inflated.inflate([file], recipe))


_FILE, _STREAM = _archive()


def _restored(stream: bytes) -> None:
    made = b"".join(bytes(block) for block in inflated.restore([stream], len(stream), len(_FILE)))
    assert len(made) == len(_FILE)


TARGETS = (
    Target("raw", _chunk(Codec.RAW, 5), (b"hello",)),
    Target("zstd", _chunk(Codec.ZSTD, 2048), (frames.compress(_ELEMENTS),)),
    Target("planes", _chunk(Codec.PLANES, 2048), (_PLANES,)),
    Target("inflated", _restored, (_STREAM,), (Corrupt, Unsupported)),
)
