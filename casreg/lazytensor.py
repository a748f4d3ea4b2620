"""A tensor of a version, read as far as it is indexed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from casreg import arrays, torch_tensors
from casreg.errors import InvalidInput
from casreg.models.index import PartEntry
from casreg.tensors import Tensor

if TYPE_CHECKING:
    import numpy as np

_APART: Final = 64 << 10
"""Rows with as many bytes between them are read one by one."""


class Range(NamedTuple):
    """Bytes of a part, and where they go."""

    part: PartEntry
    start: int
    buffer: memoryview


def runs(ranges: Iterable[Range]) -> list[tuple[PartEntry, int, list[memoryview]]]:
    """(part, start, buffers) of ranges of what chunks hold that follow one another without a gap, together.

    Raises InvalidInput for a range that its part has not.
    """
    found: list[tuple[PartEntry, int, list[memoryview]]] = []
    end: tuple[PartEntry, int] | None = None
    for part, start, buffer in ranges:
        if start < 0 or start + len(buffer) > part.plain:
            message = f"{part.path} has {part.plain} bytes, {start}:{start + len(buffer)} were asked for"
            raise InvalidInput(message, part=part.path)
        if not buffer:
            continue
        if end is None or end[1] != start or end[0] is not part:
            found.append((part, start, []))
        found[-1][2].append(buffer)
        end = part, start + len(buffer)
    return found


ReadRanges: TypeAlias = Callable[[Iterable[Range]], None]


class LazyTensor:
    """What is known of a tensor, and its elements by index.

    ``t[5:20]``, ``t[-1]``, ``t[::2, :, 3]``, ``t[...]`` give new arrays, or scalars, as numpy would, and
    ``t.torch(...)`` the same as torch would; ``np.asarray(t)`` is all of it. An integer or a slice of the
    first axis reads those rows only; further axes, and indices of other kinds, are taken from what was read.
    """

    __slots__ = ("_read", "entry", "part")

    def __init__(self, part: PartEntry, entry: Tensor, read: ReadRanges) -> None:
        self.part = part
        """The file that it lies in."""
        self.entry = entry
        """Its row in the index."""
        self._read = read

    @property
    def name(self) -> str:
        """In its file; ``Snapshot.tensors`` may know it by another one, where files share names."""
        return self.entry.name

    @property
    def dtype(self) -> str:
        """The safetensors word: ``F32``, ``BF16``, ..."""
        return self.entry.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        return self.entry.shape

    @property
    def start(self) -> int:
        """Byte offset in the part."""
        return self.entry.start

    @property
    def size(self) -> int:
        """In bytes."""
        return self.entry.size

    def __getitem__(self, index: Any) -> Any:
        """Raises IndexError as numpy does, Unsupported for a dtype that numpy has not."""
        return self._taken(arrays, index)

    def torch(self, index: Any = ...) -> Any:
        """A new torch tensor on the CPU, of all elements or of those that ``index`` names.

        Raises Unsupported without torch, or for a dtype that it has not.
        """
        return self._taken(torch_tensors, index)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("reading a tensor makes an array")
        array: np.ndarray = self[...]
        return array if dtype is None else array.astype(dtype, copy=False)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor without axes has no length")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<LazyTensor {self.name} {self.dtype} {self.shape} in {self.part.path}>"

    def _taken(self, library: Any, index: Any) -> Any:
        first, *rest = index if isinstance(index, tuple) and index else (index,)
        rows = _rows(first, self.shape)
        if rows is None:
            return self._whole(library)[index]
        within = 0 if not isinstance(first, slice) else slice(None)
        return self._some(library, rows)[(within, *rest)]

    def _whole(self, library: Any) -> Any:
        made = library.empty(self.entry)
        self._read([Range(self.part, self.start, library.as_bytes(made))])
        return made

    def _some(self, library: Any, rows: range) -> Any:
        """A new array of some rows, ascending or descending."""
        size = self.size // self.shape[0] if rows else 0
        step = abs(rows.step)
        if (step - 1) * size >= _APART:
            made, memory = self._made(library, len(rows), size)
            starts = (self.start + row * size for row in rows)
            views = (memory[at : at + size] for at in range(0, len(memory), size))
            self._read([Range(self.part, start, view) for start, view in zip(starts, views, strict=True)])
            return made
        first, last = (min(rows[0], rows[-1]), max(rows[0], rows[-1])) if rows else (0, -1)
        made, memory = self._made(library, last + 1 - first, size)
        self._read([Range(self.part, self.start + first * size, memory)])
        return made if rows.step == 1 or not rows else library.every(made, rows.step)

    def _made(self, library: Any, count: int, size: int) -> tuple[Any, memoryview]:
        """A new array of ``count`` rows, each of ``size`` bytes, and its memory."""
        made = library.empty(replace(self.entry, shape=(count, *self.shape[1:]), size=count * size))
        return made, library.as_bytes(made)


def _rows(first: Any, shape: tuple[int, ...]) -> range | None:
    """The rows that an index of the first axis names; None where it is no integer and no slice."""
    if not shape or isinstance(first, bool) or torch_tensors.is_no_integer(first):
        return None
    if isinstance(first, slice):
        return range(shape[0])[first]
    try:
        row = operator.index(first)
    except TypeError:
        return None
    if not -shape[0] <= row < shape[0]:
        raise IndexError(f"index {row} is out of bounds for axis 0 with size {shape[0]}")
    return range(row % shape[0], row % shape[0] + 1)
