"""Many texts as two arrays: where each ends, and the bytes of all."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np


def pack_texts(values: Iterable[str | None]) -> dict[str, np.ndarray]:
    """UTF-8, lone surrogates as three bytes; what is missing ends at -1 minus where the one before ends."""
    pieces: list[bytes] = []
    ends: list[int] = []
    at = 0
    for value in values:
        if value is None:
            ends.append(-1 - at)
        else:
            piece = value.encode("utf-8", "surrogatepass")
            pieces.append(piece)
            at += len(piece)
            ends.append(at)
    return {"ends": np.array(ends, np.int64), "utf8": np.frombuffer(b"".join(pieces), np.uint8)}


def texts(packed: Any) -> list[str | None]:
    """Raises ValueError for what :func:`pack_texts` never gave."""
    data, ends = bytes(packed["utf8"]), packed["ends"].tolist()
    places = [0, *(end if end >= 0 else -1 - end for end in ends)]
    if places != sorted(places) or places[-1] != len(data):
        raise ValueError("texts overlap, or leave bytes out")
    return [
        data[start:stop].decode("utf-8", "surrogatepass") if end >= 0 else None
        for (start, stop), end in zip(pairwise(places), ends, strict=True)
    ]
