"""ZipNN with its delta, the XOR of two files of the same length; told the dtype, all else by default."""

from __future__ import annotations

from importlib.metadata import version as installed

import zipnn

from tools.bench.checkpoints.workers.chain import About, serve_chain


def compress(data: bytes, before: bytes | None, about: About) -> bytes:
    plain = bytearray(data)  # its compress works in place: bytes would be damaged
    return bytes(_codec(before, about).compress(plain, delta_second_data=before))


def decompress(data: bytes, before: bytes | None, about: About) -> bytes:
    return bytes(_codec(before, about).decompress(data, delta_second_data=before))


def _codec(before: bytes | None, about: About) -> zipnn.ZipNN:
    more = {} if before is None else {"delta_compressed_type": "byte"}
    return zipnn.ZipNN(input_format="byte", bytearray_dtype=about.dtype, **more)


if __name__ == "__main__":
    serve_chain(lambda: installed("zipnn"), compress, decompress, delta=True)
