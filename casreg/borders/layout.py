"""What locators find, and the checks that all formats share."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from casreg.tensors import ELEMENT_SIZES, Tensor

Span: TypeAlias = tuple[int, int, str | None]
"""Where something begins and ends, and the word of its elements."""
MAX_TENSORS: Final = 1_000_000
MAX_RANK: Final = 64
_MAX_DIM: Final = 1 << 62


class Malformed(Exception):
    """The file is not what it looks like. Does not leave this package."""


class Elsewhere(NamedTuple):
    """What a file says of another one: that an array lies in it."""

    location: str
    """Where the other file is, seen from the folder of this one; as it is written there."""
    span: Span
    tensor: Tensor | None
    """The array, if it is a tensor; its place is the span's."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the structure of a file lies."""

    format: str
    """``safetensors``, ``npy``, ``npz``, ``torch``, ``gguf``, ``onnx``, or ``elsewhere`` for what other
    files say of it."""
    pieces: list[int]
    """Where pieces begin: ascending byte offsets below the file's size, the first 0."""
    words: list[str | None]
    """For each piece the safetensors word of its elements, as far as it holds elements that have one:
    those of tensors, and of arrays that are no tensors for lying in another order."""
    tensors: list[Tensor]
    """In the order in which they begin; names are unique."""
    elsewhere: Sequence[Elsewhere] = ()
    """What the file says of others, in its order."""


def byte_size(word: str, shape: Sequence[int]) -> int:
    """Bytes of an array. Raises Malformed for dimensions that no array has."""
    if len(shape) > MAX_RANK or not all(0 <= n <= _MAX_DIM for n in shape):
        raise Malformed("impossible dimensions")
    return math.prod(shape) * ELEMENT_SIZES[word]


def arrange(
    format: str,
    size: int,
    spans: Sequence[Span],
    tensors: Iterable[Tensor],
    elsewhere: Sequence[Elsewhere] = (),
) -> Layout:
    """The layout of a file of ``size`` bytes; raises Malformed if something lies outside of it.

    Pieces begin where a span begins or ends; the last span that covers a piece gives its word.
    A tensor without a name, with one that is not Unicode, or with one that is taken is left out.
    """
    pieces = sorted({0, *(start for start, _, _ in spans), *(end for _, end, _ in spans)})
    if pieces[0] < 0 or pieces[-1] > size:
        raise Malformed("a piece lies outside of the file")
    if pieces[-1] == size:
        pieces.pop()
    words: list[str | None] = [None] * len(pieces)
    for start, end, word in spans:
        if word:
            first, last = bisect_left(pieces, start), bisect_left(pieces, end)
            words[first:last] = [word] * (last - first)
    named: dict[str, Tensor] = {}
    for tensor in tensors:
        if not 0 <= tensor.start <= tensor.start + tensor.size <= size:
            raise Malformed("a tensor lies outside of the file")
        if _is_name(tensor.name):
            named.setdefault(tensor.name, tensor)
    ordered = sorted(named.values(), key=lambda t: (t.start, t.size, t.name))
    return Layout(format, pieces, words, ordered, elsewhere)


def _is_name(name: str) -> bool:
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False


def file_stem(path_name: str, suffix: str) -> str:
    """The name of a tensor that has none in its file: the file's, without directories and suffix."""
    return path_name.rpartition("/")[2].removesuffix(suffix)
