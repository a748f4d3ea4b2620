"""Cutting as before without looking for the cuts: a chunk that is where the base had it costs one hash.

FastCDC decides on a cut by the bytes from the chunk's first to the one *behind* its last. So when a
run of chunks equals the base's, all of its cuts but the last are proved; the last is proved by the
end of the data, by the greatest size, or by running the chunker over that one chunk. The result is
exactly what the chunker would give (tests/writer/test_guess.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from casreg.chunkers.content import ContentChunker
from casreg.writer.known import Guess


def follow(
    data: memoryview,
    final: bool,
    guess: Guess,
    cursor: int,
    chunker: ContentChunker,
    hash_all: Callable[[list[memoryview]], Iterator[bytes]],
) -> tuple[list[int], list[bytes], int | None]:
    """(lengths, ids, next position in ``guess``) of the chunks at the front of ``data`` that equal
    the base's from ``cursor`` on.

    The position is None when the data departs from the base, or the base has ended.
    """
    views, at = [], 0
    for length in islice(guess.lengths, cursor, None):
        if at + length > len(data):
            break
        views.append(data[at : at + length])
        at += length
    ids: list[bytes] = []
    for found in hash_all(views):
        if found != guess.ids[cursor + len(ids)]:
            break
        ids.append(found)
    lengths = guess.lengths[cursor : cursor + len(ids)]
    departed = len(ids) < len(views)
    end = sum(lengths)
    if (
        ids
        and not (final and end == len(data))
        and not _last_cut_holds(data, end - lengths[-1], lengths[-1], final, chunker)
    ):
        ids.pop()
        lengths.pop()
    position = cursor + len(ids)
    return lengths, ids, None if departed or position >= len(guess.ids) else position


def _last_cut_holds(data: memoryview, start: int, length: int, final: bool, chunker: ContentChunker) -> bool:
    if length == chunker.max_size:
        return True
    rest = data[start : start + chunker.max_size]
    if len(rest) < chunker.max_size and not final:
        return False
    return chunker.cut(rest, True)[0] == length
