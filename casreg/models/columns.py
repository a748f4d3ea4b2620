"""Tables as columns in one zstd frame: the body of an index and of a pack's trailer (spec/index.md).

    magic (8 bytes) | u32 length of header | header, JSON | columns, end to end

The header is ``{"nonce": ..., "columns": [[name, type, bytes], ...]}``. Types: ``u8``, ``u32``,
``u64`` little-endian; ``id``, 32 bytes each; ``text``, a u32 count, as many u32 lengths, then the
texts in UTF-8. Columns that a reader does not know are skipped.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping
from itertools import accumulate, pairwise
from typing import Final, TypeAlias

import zstandard

from casreg import canonical, frames
from casreg.digest import CHUNK_ID_SIZE
from casreg.errors import Corrupt, InvalidInput

Column: TypeAlias = "array[int] | bytes | list[str]"
"""Numbers, ids laid end to end, or texts."""

MAX_PLAIN: Final = 1 << 30
"""A table that claims to be larger is refused before anything is allocated."""
MAX_UNEARNED: Final = 16 << 20
MAX_RATIO: Final = 200
"""A table may claim 16 MiB, and beyond that at most this many times the size of its frame: as Python's
objects its rows take up to fifteen times their bytes."""
_ARRAYS: Final = {"u8": "B", "u32": "I", "u64": "Q"}


def encode(magic: bytes, nonce: str, columns: Mapping[str, tuple[str, Column]]) -> bytes:
    """One zstd frame that :func:`decode` reads back; ``columns`` maps a name to (type, values).

    Raises InvalidInput for a table that no reader would take.
    """
    bodies = [_pack(values) for _, values in columns.values()]
    table = [[name, kind, len(body)] for (name, (kind, _)), body in zip(columns.items(), bodies, strict=True)]
    header = canonical.dumps({"nonce": nonce, "columns": table})
    plain = b"".join([magic, len(header).to_bytes(4, "little"), header, *bodies])
    frame = frames.compress(plain)
    if len(plain) > _most(len(frame)):
        raise InvalidInput(
            f"there are too many chunks, files or tensors: their tables take {len(plain)} bytes"
        )
    return frame


def decode(magic: bytes, frame: bytes | memoryview) -> tuple[str, dict[str, Column]]:
    """(nonce, columns by name). Raises Corrupt for anything that ``encode`` would not have written."""
    plain = memoryview(_decompress(frame))
    if plain[:8] != magic:
        raise Corrupt(f"a table of kind {magic.decode()!r} was expected, found {bytes(plain[:8])!r}")
    header_end = 12 + int.from_bytes(plain[8:12], "little")
    try:
        header = canonical.loads(bytes(plain[12:header_end]))
        nonce, table = header["nonce"], header["columns"]
        if not isinstance(nonce, str):
            raise TypeError("the nonce is no string")
        columns: dict[str, Column] = {}
        at = header_end
        for name, kind, size in table:
            if type(size) is not int or size < 0 or at + size > len(plain) or name in columns:
                raise ValueError(f"column {str(name)[:80]!r} does not fit")
            columns[name] = _unpack(kind, plain[at : at + size])
            at += size
        if at != len(plain):
            raise ValueError(f"{len(plain) - at} bytes too many")
    except (ValueError, KeyError, TypeError) as error:
        raise Corrupt(f"a table cannot be read: {error}") from error
    return nonce, columns


def require(table: Mapping[str, Column], kinds: Mapping[str, str]) -> None:
    """Raise Corrupt unless ``table`` has all these columns, each of its type."""
    for name, kind in kinds.items():
        values = table.get(name)
        typecode = _ARRAYS.get(kind)
        if typecode:
            there = isinstance(values, array) and values.typecode == typecode
        else:
            there = isinstance(values, {"id": bytes, "text": list}[kind])
        if not there:
            raise Corrupt(f"the table has no column {name} of type {kind}")


def numbers(kind: str, values: Iterable[int]) -> array[int]:
    """An array of a numeric column's type; OverflowError for what does not fit."""
    return array(_ARRAYS[kind], values)


def _decompress(frame: bytes | memoryview) -> bytes:
    try:
        size = zstandard.frame_content_size(frame)
        if not 12 <= size <= _most(len(frame)):
            raise Corrupt(f"a table of {len(frame)} bytes claims to hold {size}")
        plain = frames.decompress(frame, size)
    except zstandard.ZstdError as error:
        raise Corrupt(f"a table cannot be decompressed: {error}") from error
    if len(plain) != size:
        raise Corrupt(f"a table holds {len(plain)} bytes instead of {size}")
    return plain


def _most(frame: int) -> int:
    """Bytes that a frame of so many may hold."""
    return min(MAX_PLAIN, max(MAX_UNEARNED, frame * MAX_RATIO))


def _pack(values: Column) -> bytes:
    if isinstance(values, bytes):
        return values
    if isinstance(values, list):
        texts = [text.encode("utf-8") for text in values]
        return b"".join([_little(array("I", [len(texts), *map(len, texts)])), *texts])
    return _little(values)


def _unpack(kind: str, body: memoryview) -> Column:
    if kind == "id":
        if len(body) % CHUNK_ID_SIZE:
            raise ValueError("ids are 32 bytes each")
        return bytes(body)
    if kind == "text":
        count = int.from_bytes(body[:4], "little")
        if len(body) < 4 + 4 * count:
            raise ValueError("a text column is cut off")
        lengths = _native("I", body[4 : 4 + 4 * count])
        at = 4 + 4 * count
        ends = list(accumulate(lengths, initial=at))
        if ends[-1] != len(body):
            raise ValueError("lengths of texts do not add up")
        raw = bytes(body)
        return [raw[start:stop].decode("utf-8") for start, stop in pairwise(ends)]
    if kind in _ARRAYS:
        return _native(_ARRAYS[kind], body)
    return bytes(body)  # a type of the future: its column is skipped by name


def _little(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values = array(values.typecode, values)
        values.byteswap()
    return values.tobytes()


def _native(typecode: str, body: memoryview) -> array[int]:
    values = array(typecode)
    values.frombytes(body)
    if sys.byteorder == "big":
        values.byteswap()
    return values
