"""Chunks that decode to something else than the index says: bombs, and lies about sizes, codecs and ids."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import zstandard
from attacking import attacked, refused

from casreg import Corrupt, Registry, Unsupported
from casreg.codecs import Codec
from casreg.digest import chunk_id
from casreg.stores.memory import MemoryStore
from tools.fuzz.forged import Chunk

TEXT = b"hello " * 100
ZEROS = zstandard.compress(bytes(1 << 26))


def frame(plain: bytes, **options: bool) -> bytes:
    data: bytes = zstandard.ZstdCompressor(**options).compress(plain)
    return data


def resized(data: bytes, size: int) -> bytes:
    """A frame of a content of 256 bytes to 64 KiB, whose header says another size."""
    assert data[4] >> 6 == 1
    at = 5 + (0 if data[4] & 0x20 else 1)
    return data[:at] + struct.pack("<H", size - 256) + data[at + 2 :]


ZSTD = {
    "that holds another size": frame(TEXT + b"!"),
    "that holds much more": ZEROS,
    "that says less than it holds": resized(frame(TEXT), 599),
    "that says more than it holds": resized(frame(TEXT[:-1]), 600),
    "that says nothing": frame(TEXT, write_content_size=False),
    "twice": frame(TEXT) * 2,
    "and something behind it": frame(TEXT) + b"\0",
    "cut off": frame(TEXT)[:-1],
    "that is skipped": struct.pack("<II", 0x184D2A50, 4) + b"skip",
    "behind one that is skipped": struct.pack("<II", 0x184D2A50, 4) + b"skip" + frame(TEXT),
    "with a dictionary": b"\x28\xb5\x2f\xfd\x61\x58\x01\x07" + frame(TEXT)[7:],
    "that is none": b"hello",
    "that is empty": b"x",
}


@pytest.mark.parametrize("lie", ZSTD)
def test_a_zstd_frame(tmp_path: Path, lie: str) -> None:
    store = MemoryStore()
    chunk = Chunk(ZSTD[lie], Codec.ZSTD, len(TEXT), chunk_id(TEXT))
    attacked(store, parts={"x": [chunk]})
    refused(store, tmp_path, Corrupt, "zstd frame")


def planes(width: int, transform: int, *stored: tuple[int, bytes], rest: bytes = b"") -> bytes:
    table = b"".join(struct.pack("<BI", kind, len(data)) for kind, data in stored)
    return struct.pack("<BB", width, transform) + table + b"".join(data for _, data in stored) + rest


PLANES = {
    "of a bomb": planes(2, 0, (2, ZEROS), (0, b"x")),
    "of bombs only": planes(8, 4, *[(2, ZEROS)] * 8),
    "of a frame without a size": planes(1, 0, (2, frame(TEXT, write_content_size=False))),
    "of a raw one that is short": planes(1, 0, (1, TEXT[:-1])),
    "of a constant that is long": planes(2, 0, (0, b"xx"), (0, b"x")),
    "of no width": planes(0, 0),
    "of a width of three": planes(3, 0, *[(0, b"x")] * 3),
    "of an unknown transform": planes(1, 9, (0, b"x")),
    "of an unknown kind": planes(1, 0, (7, b"x")),
    "and something behind them": planes(2, 0, (0, b"x"), (0, b"x"), rest=b"!"),
    "that reach past the end": planes(2, 0, (0, b"x"), (2, b""))[:-1],
}


@pytest.mark.parametrize("lie", PLANES)
def test_planes(tmp_path: Path, lie: str) -> None:
    store = MemoryStore()
    attacked(store, parts={"x": [Chunk(PLANES[lie], Codec.PLANES, len(TEXT), chunk_id(TEXT))]})
    refused(store, tmp_path, Corrupt, "plane|zstd frame")


@pytest.mark.parametrize("codec", [77, 255])
def test_a_codec_of_the_future(tmp_path: Path, codec: int) -> None:
    store = MemoryStore()
    attacked(store, parts={"x": [Chunk(b"stored", codec, 10)]})
    refused(store, tmp_path, Unsupported, f"codec {codec}")


def test_what_decodes_well_to_something_else(tmp_path: Path) -> None:
    store = MemoryStore()
    attacked(store, parts={"x": [Chunk(frame(TEXT), Codec.ZSTD, len(TEXT), bytes(32))]})
    refused(store, tmp_path, Corrupt, "not what its id says")


def test_a_raw_chunk_that_is_something_else() -> None:
    """On a local disk raw chunks are held against their checksum; against their id when all is verified."""
    store = MemoryStore()
    attacked(store, parts={"data": [Chunk(TEXT, id=bytes(32))]}, kind="bytes")
    with pytest.raises(Corrupt, match="not what its id says"):
        Registry(store).load("evil", verify="full")
    attacked(
        store,
        parts={"data": TEXT},
        kind="bytes",
        index=lambda index: index.chunks.check.__setitem__(0, 1),
    )
    with pytest.raises(Corrupt, match="not what its checksum says"):
        Registry(store).load("evil")


def test_a_pack_that_is_shorter_than_everybody_says(tmp_path: Path) -> None:
    """Nothing is set aside for a chunk of gigabytes before the pack was looked at."""
    store = MemoryStore()

    def lie(index: object) -> None:
        chunks = index.chunks  # type: ignore[attr-defined]
        chunks.plain[0] = chunks.stored[0] = (1 << 32) - 1

    attacked(store, parts={"x": b"x" * 100}, index=lie, pack=lambda pack: pack.update(size=1 << 40))
    refused(store, tmp_path, Corrupt, "instead of 1099511627776|contradict each other")
