"""Calls ``locate``, and checks what holds of every layout, whatever the file is."""

import math

from casreg.borders import Layout, locate
from casreg.borders.window import MAX_READ
from casreg.tensors import ELEMENT_SIZES


def look(data: bytes, name: str = "file", size: int | None = None) -> Layout | None:
    """The layout of a file; ``size`` if it is said to be longer or shorter than it is."""
    size = len(data) if size is None else size
    asked: list[int] = []

    def read(start: int, stop: int) -> bytes:
        assert 0 <= start <= stop <= size
        asked.append(stop - start)
        assert sum(asked) <= MAX_READ
        return data[start:stop]

    layout = locate(name, size, read)
    if layout is not None:
        check(layout, size)
    return layout


def found(data: bytes, name: str = "file") -> Layout:
    layout = look(data, name)
    assert layout is not None
    return layout


def check(layout: Layout, size: int) -> None:
    assert layout.pieces[0] == 0
    assert layout.pieces == sorted(set(layout.pieces))
    assert layout.pieces[-1] < size
    assert len(layout.words) == len(layout.pieces)
    assert all(word is None or word in ELEMENT_SIZES for word in layout.words)
    names = [tensor.name for tensor in layout.tensors]
    assert all(names)
    assert len(set(names)) == len(names)
    for tensor in layout.tensors:
        assert 0 <= tensor.start <= tensor.start + tensor.size <= size
        assert tensor.size == math.prod(tensor.shape) * ELEMENT_SIZES[tensor.dtype]
        tensor.name.encode()
    assert layout.tensors == sorted(
        layout.tensors, key=lambda tensor: (tensor.start, tensor.size, tensor.name)
    )


def contents(layout: Layout, data: bytes) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    """Tensors by name: word, shape, bytes."""
    return {t.name: (t.dtype, t.shape, data[t.start : t.start + t.size]) for t in layout.tensors}


def words(layout: Layout, data: bytes) -> dict[bytes, str | None]:
    """The word of each piece, by its bytes."""
    return dict(zip(cut_at(layout, data), layout.words, strict=True))


def cut_at(layout: Layout, data: bytes) -> list[bytes]:
    return [
        data[start:end] for start, end in zip(layout.pieces, [*layout.pieces[1:], len(data)], strict=True)
    ]
