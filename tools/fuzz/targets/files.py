"""Files whose borders are looked for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from casreg.borders import locate
from casreg.errors import Corrupt
from tools.fuzz.target import Target


def _borders(name: str) -> Callable[[bytes], object]:
    """The layout of a file of this name, which must lie within it."""

    def parse(data: bytes) -> None:
        layout = locate(name, len(data), lambda start, stop: data[start:stop])
        if layout is None:
            raise Corrupt("no layout")
        assert layout.pieces[0] == 0
        assert all(a < b for a, b in pairwise([*layout.pieces, len(data)]))
        for tensor in layout.tensors:
            assert 0 <= tensor.start <= tensor.start + tensor.size <= len(data)

    return parse


def _onnx() -> bytes:
    """A model of one node, one tensor within, and one without."""
    within = b"\x08\x02\x10\x01B\x01wJ\x08" + bytes(8)
    told = b"".join(
        b"j%c\n%c%s\x12%c%s" % (4 + len(k) + len(v), len(k), k, len(v), v)
        for k, v in ((b"location", b"x.bin"), (b"offset", b"64"), (b"length", b"8"))
    )
    without = b"\x08\x02\x10\x01B\x01x" + told + b"p\x01"
    graph = b"\n\x03\n\x01x*%c%s*%c%s" % (len(within), within, len(without), without)
    return b"\x08\x08:%c%s" % (len(graph), graph)


TARGETS = (Target("onnx", _borders("model.onnx"), (_onnx(),)),)
