"""Indexes that are well-formed frames, whose digests are right, and which lie."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from attacking import attacked, refused

from casreg import Corrupt, InvalidInput
from casreg.models import columns
from casreg.models.index import MAGIC, Index
from casreg.models.index_checks import MAX_PATH
from casreg.stores.memory import MemoryStore
from casreg.tensors import Tensor
from tools.fuzz.forged import Chunk

U64 = (1 << 64) - 1


def setting(table: str, row: int, value: int) -> Callable[[Index], Any]:
    """A lie: one number of the chunk table."""
    return lambda index: getattr(index.chunks, table).__setitem__(row, value)


def paths(*given: str) -> Callable[[Index], Any]:
    return lambda index: setattr(index, "paths", list(given))


def tensors(*given: tuple[int, Tensor]) -> Callable[[Index], Any]:
    return lambda index: setattr(index, "tensors", list(given))


def twice(index: Index) -> None:
    c = index.chunks
    c.ids = bytes(c.ids[:32]) * 2


def sequence(*rows: int) -> Callable[[Index], Any]:
    return lambda index: setattr(index, "sequence", array("I", rows))


def tensor(start: int, size: int, name: str = "w") -> Tensor:
    return Tensor(name, "U8", (size,), start, size)


NOWHERE = "a path that no version may have"
LIES: dict[str, tuple[Callable[[Index], Any], str]] = {
    "above": (paths("../x", "b"), NOWHERE),
    "above, further in": (paths("a/../../x", "b"), NOWHERE),
    "absolute": (paths("/tmp/x", "b"), NOWHERE),
    "absolute twice": (paths("//tmp/x", "b"), NOWHERE),
    "the place itself": (paths(".", "b"), NOWHERE),
    "nothing": (paths("", "b"), NOWHERE),
    "only a slash": (paths("/", "b"), NOWHERE),
    "an empty segment": (paths("a//b", "b"), NOWHERE),
    "a zero byte": (paths("a\0b", "b"), NOWHERE),
    "a backslash": (paths("..\\x", "b"), NOWHERE),
    "a drive, by backslash": (paths("C:\\x", "b"), NOWHERE),
    "one path twice": (paths("b", "b"), "a path twice"),
    "a file and its folder": (paths("a", "a/b"), "inside of the file"),
    "a folder and its file": (paths("a/b/c", "a"), "inside of the file"),
    "a file and an empty directory": (paths("a/", "a"), "path twice"),
    "a directory with bytes": (paths("a/", "b"), "directory 'a/' bytes"),
    "a path beyond all systems": (paths("x" * (MAX_PATH + 1), "b"), "more than 4096 bytes"),
    "a path as deep as that": (paths("x/" * MAX_PATH + "x", "b"), "more than 4096 bytes"),
    "fewer paths than parts": (paths("a"), "different lengths"),
    "an offset past the end": (setting("offset", 1, 1 << 20), "outside of its pack"),
    "an offset that wraps around": (setting("offset", 1, U64 - 100), "outside of its pack"),
    "a negative offset": (setting("offset", 1, 1 << 63), "outside of its pack"),
    "more stored bytes than there are": (setting("stored", 0, 1 << 31), "outside of its pack"),
    "another pack": (setting("pack", 0, 1), "a pack that the manifest does not"),
    "a pack far away": (setting("pack", 0, (1 << 32) - 1), "a pack that the manifest does not"),
    "an empty chunk": (setting("plain", 0, 0), "claims to decode to 0"),
    "a raw chunk that grows": (setting("plain", 0, 3001), "claims to decode to 3001"),
    "one chunk twice": (twice, "a chunk twice"),
    "a row that is not there": (sequence(0, 2), "sequence"),
    "a row far away": (sequence(0, (1 << 32) - 1), "sequence"),
    "a longer sequence": (sequence(0, 1, 1), "sequence"),
    "a tensor past the end": (tensors((0, tensor(0, 3001))), "outside of its part"),
    "a tensor that wraps around": (tensors((0, tensor(U64, 1))), "outside of its part"),
    "a tensor of no part": (tensors((2, tensor(0, 1))), "outside of its part"),
    "one tensor twice": (tensors((0, tensor(0, 1)), (0, tensor(0, 1))), "a tensor of a part twice"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused_before_anything_is_read_by_it(tmp_path: Path, lie: str) -> None:
    store = MemoryStore()
    change, told = LIES[lie]
    attacked(store, index=change)
    refused(store, tmp_path, Corrupt, told)


@pytest.mark.parametrize("field", ["plain", "stored"])
def test_an_encoded_chunk_that_claims_more_than_a_decoder_may_allocate(tmp_path: Path, field: str) -> None:
    store = MemoryStore()
    chunk = Chunk(zstandard.compress(b"x"), codec=1, plain=1)
    attacked(
        store,
        parts={"x": [chunk]},
        index=setting(field, 0, (16 << 20) + 1),
        pack=lambda pack: pack.update(size=1 << 40),
    )
    refused(store, tmp_path, Corrupt, "claims to decode to")


def test_chunks_that_overlap_are_refused_when_read(tmp_path: Path) -> None:
    store = MemoryStore()
    attacked(store, index=setting("offset", 1, 2999))
    refused(store, tmp_path, Corrupt, "overlap|checksum|id says")


def test_a_drive_letter_is_a_name_like_any_other_here(tmp_path: Path) -> None:
    from casreg import Registry

    store = MemoryStore()
    attacked(store, parts={"C:/x": b"x"})
    loaded = Registry(store).load("evil", output_dir=tmp_path / "out")
    assert (loaded / "C:" / "x").read_bytes() == b"x"


def plain_of(frame: bytes) -> bytes:
    plain: bytes = zstandard.decompress(frame)
    return plain


def unsized(frame: bytes) -> bytes:
    compressor = zstandard.ZstdCompressor(write_content_size=False)
    data: bytes = compressor.compress(plain_of(frame))
    return data


def claiming(size: int) -> Callable[[bytes], bytes]:
    """A frame whose header says ``size``: magic, a descriptor for 8 bytes of size, the size, no block."""
    return lambda frame: b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", size) + b"\x01\0\0"


def shorter(frame: bytes) -> bytes:
    """The size of the content in the header made smaller: more comes out than it says."""
    plain = plain_of(frame)
    whole = zstandard.ZstdCompressor(write_content_size=True).compress(plain + bytes(70_000))
    at = 5 + (0 if whole[4] & 0x20 else 1)
    return whole[:at] + struct.pack("<I", len(plain)) + whole[at + 4 :]


def other(**changed: columns.Column) -> Callable[[bytes], bytes]:
    """The table with columns of other types."""

    def change(frame: bytes) -> bytes:
        nonce, table = columns.decode(MAGIC, frame)
        kinds = {"B": "u8", "I": "u32", "Q": "u64"}
        merged = table | {name.replace("__", "."): values for name, values in changed.items()}
        return columns.encode(
            MAGIC,
            nonce,
            {
                name: (
                    "id" if isinstance(v, bytes) else "text" if isinstance(v, list) else kinds[v.typecode],
                    v,
                )
                for name, v in merged.items()
            },
        )

    return change


FRAMES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a claim of a gigabyte": (claiming(1 << 30), "claims to hold"),
    "a claim of all there is": (claiming(U64 - 2), "claims to hold|cannot be decompressed"),
    "a small claim, nothing in it": (claiming(1 << 20), "cannot be decompressed|instead of"),
    "a gigabyte of zeros": (lambda _: zstandard.compress(bytes(1 << 28)), "claims to hold"),
    "no size at all": (unsized, "claims to hold"),
    "more than it says": (shorter, "cannot be decompressed|instead of"),
    "another frame behind it": (lambda frame: frame * 2, "cannot be decompressed"),
    "something behind it": (lambda frame: frame + b"\0", "cannot be decompressed"),
    "nothing": (lambda _: b"", "cannot be decompressed"),
    "no frame": (lambda _: b"x" * 100, "cannot be decompressed"),
    "another table": (lambda f: zstandard.compress(b"casregT0" + plain_of(f)[8:]), "of kind 'casregI0'"),
    "a header past the end": (
        lambda f: zstandard.compress(MAGIC + b"\xff" * 4 + plain_of(f)[12:]),
        "cannot be read",
    ),
    "a column as another type": (
        other(chunk__offset=array("I", [0, 0])),
        "no column chunk.offset of type u64",
    ),
    "numbers for texts": (other(part__path=array("I", [0, 0])), "no column part.path of type text"),
    "fewer dimensions than ranks": (other(tensor__rank=array("B", [3])), "columns of tensors"),
    "fewer offsets than chunks": (other(chunk__offset=array("Q", [0])), "different lengths"),
    "fewer ids than chunks": (other(chunk__id=bytes(32)), "differ in number"),
}


@pytest.mark.parametrize("lie", FRAMES)
def test_a_frame_that_lies_is_refused(tmp_path: Path, lie: str) -> None:
    store = MemoryStore()
    change, told = FRAMES[lie]
    attacked(store, frame=change)
    refused(store, tmp_path, Corrupt, told)


def test_columns_that_nobody_knows_are_passed_over(tmp_path: Path) -> None:
    from casreg import Registry

    store = MemoryStore()
    attacked(store, frame=other(part__colour=[f"{n}" for n in range(7)]))
    assert len(list(Registry(store).load("evil", output_dir=tmp_path).rglob("*"))) == 3


def test_what_no_reader_would_take_is_not_written() -> None:
    zeros = array("I", [0]) * (8 << 20)
    with pytest.raises(InvalidInput, match="too many chunks"):
        columns.encode(MAGIC, "", {"sequence": ("u32", zeros)})
