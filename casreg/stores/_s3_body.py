"""Bodies, out of and into the buffers of the layers above, without a second copy of the whole."""

from __future__ import annotations

import base64
import hashlib
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

from casreg.stores.protocol import Buffer

_BLOB: Final = re.compile(r"blobs/sha256/([0-9a-f]{64})")

_JOINED_BELOW: Final = 256 << 10
"""Bytes up to which a copy is cheaper than the ``Expect: 100-continue`` that boto3 sends before files."""

_PIECE: Final = 1 << 20


class Buffers:
    """The concatenation of ``data`` as a seekable file of bytes, for reading.

    ``read`` gives a view of a buffer where one holds all that was asked for, and else a copy of that
    much: what goes over the wire in blocks is not in memory twice.
    """

    def __init__(self, data: Sequence[Buffer]) -> None:
        self._views = [memoryview(buffer) for buffer in data if len(buffer)]
        self._ends = list(accumulate(map(len, self._views)))
        self._at = 0

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + (0, self._at, len(self))[whence])
        return self._at

    def read(self, size: int | None = -1) -> bytes | memoryview:
        left = max(0, len(self) - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        first = self._piece(wanted)
        if len(first) == wanted:
            return first
        pieces = [first]
        wanted -= len(first)
        while wanted:
            pieces.append(self._piece(wanted))
            wanted -= len(pieces[-1])
        return b"".join(pieces)

    def _piece(self, most: int) -> memoryview:
        """What the buffer at the present position still has, ``most`` bytes at most."""
        if not most:
            return memoryview(b"")
        number = bisect_right(self._ends, self._at)
        view = self._views[number]
        start = self._at - self._ends[number] + len(view)
        piece = view[start : start + most]
        self._at += len(piece)
        return piece


def content(data: Sequence[Buffer]) -> Buffers | bytes:
    """``data`` in the form in which boto3 sends it best.

    Large objects are never one buffer of bytes: the socket's time limit is for a whole buffer.
    """
    file = Buffers(data)
    return file if len(file) > _JOINED_BELOW else b"".join(data)


def checksum(key: str, data: Sequence[Buffer]) -> str:
    """The SHA-256 of an object as S3 wants it; a blob's is in its key and is not computed again."""
    if match := _BLOB.fullmatch(key):
        return base64.b64encode(bytes.fromhex(match[1])).decode()
    digest = hashlib.sha256()
    for buffer in data:
        digest.update(buffer)
    return base64.b64encode(digest.digest()).decode()


def fill(stream: Any, destinations: Sequence[memoryview]) -> int:
    """Read into one destination after the other; how many bytes came before the stream's end."""
    got = 0
    for destination in destinations:
        at = 0
        while at < len(destination):
            # In pieces: urllib3 makes a copy of what one call reads.
            count = stream.readinto(destination[at : at + _PIECE])
            if not count:
                return got
            at += count
            got += count
    return got
