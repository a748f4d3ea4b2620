"""ZipNN, as its README has it for bytes: told the dtype, all else by default; a file for each version."""

from __future__ import annotations

import os
from importlib.metadata import version as installed

import zipnn

from tools.bench.peers.workers.serving import fsync, serve


def prepare(store: str) -> None:
    os.mkdir(store)


def save(store: str, source: str, number: int, dtype: str) -> None:
    with open(source, "rb") as file:
        plain = bytearray(os.path.getsize(source))  # its compress works in place: bytes would be damaged
        file.readinto(plain)
    packed = _codec(dtype).compress(plain)
    path = f"{store}/{number}.znn"
    with open(path, "wb") as file:
        file.write(packed)
    fsync(path)


def load(store: str, source: str, number: int, dtype: str, target: str) -> None:
    with open(f"{store}/{number}.znn", "rb") as file:
        packed = file.read()
    with open(f"{target}/{os.path.basename(source)}", "wb") as file:
        file.write(_codec(dtype).decompress(packed))


def _codec(dtype: str) -> zipnn.ZipNN:
    return zipnn.ZipNN(input_format="byte", bytearray_dtype=dtype)


if __name__ == "__main__":
    serve(version=lambda: installed("zipnn"), prepare=prepare, save=save, load=load)
