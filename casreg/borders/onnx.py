"""ONNX: a model in protocol buffers, whose graphs hold tensors, or name the files that hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from casreg.borders.layout import (
    MAX_RANK,
    MAX_TENSORS,
    Elsewhere,
    Layout,
    Malformed,
    Span,
    arrange,
    byte_size,
)
from casreg.borders.protobuf import BYTES, VARINT, Field, Wire
from casreg.borders.window import Window
from casreg.tensors import Tensor

SUFFIX: Final = ".onnx"
_WORDS: Final = {
    1: "F32",
    2: "U8",
    3: "I8",
    4: "U16",
    5: "I16",
    6: "I32",
    7: "I64",
    9: "BOOL",
    10: "F16",
    11: "F64",
    12: "U32",
    13: "U64",
    14: "C64",
    16: "BF16",
    17: "F8_E4M3",
    18: "F8_E4M3FNUZ",
    19: "F8_E5M2",
    20: "F8_E5M2FNUZ",
    24: "F8_E8M0",
}
_SMALL_NODE: Final = 4 << 10
"""A node of fewer bytes is not looked into: there are thousands, and what they hold is small."""
_MAX_DEPTH: Final = 30
"""Graphs within attributes of nodes of graphs."""
_MAX_TEXT: Final = 64 << 10
_EXTERNAL: Final = 1
_IR_VERSION, _GRAPH = 1, 7
_MODEL: Final = {1: VARINT, 5: VARINT, **dict.fromkeys((2, 3, 4, 6, 7, 8, 14, 20, 25, 26), BYTES)}
"""Fields of a ModelProto."""
_RAW: Final = 9
_TYPED: Final = {1: 4, 14: 4, 11: 10}
"""By data type the field that, packed, holds its elements as they are in memory."""
_DATA: Final = frozenset((3, 4, 5, 6, 7, _RAW, 10, 11))
"""Fields of a TensorProto that hold data, or say that it is one segment of several."""
_ONCE: Final = {2: VARINT, 8: BYTES, _RAW: BYTES, 14: VARINT}

_Inside: TypeAlias = Mapping[int, Callable[[int, int], None]]
"""What is done with the messages that stand under a field's number."""


def locate(_path_name: str, window: Window) -> Layout:
    model = _Model(Wire(window))
    model.read(window.size)
    return arrange("onnx", window.size, model.spans, model.tensors, model.elsewhere)


@dataclass
class _Described:
    """A TensorProto, as far as it matters."""

    name: str = ""
    dims: list[int] = field(default_factory=list)
    kind: int = 0
    external: dict[str, str] = field(default_factory=dict)
    location: int = 0
    data: dict[int, Field] = field(default_factory=dict)
    """By number, the fields that data may lie in as it is."""
    other: bool = False
    """Whether there is data in other fields, or the tensor is a segment of one."""


class _Model:
    """The messages of a model. Its methods raise Malformed for what is none."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._depth = 0
        self.spans: list[Span] = []
        self.tensors: list[Tensor] = []
        self.elsewhere: list[Elsewhere] = []
        self._of_graph: _Inside = {1: self._node, 5: self._tensor, 15: self._sparse}
        self._of_training: _Inside = {1: self._graph, 2: self._graph}
        self._of_function: _Inside = {7: self._node, 11: self._attribute}
        self._of_sparse: _Inside = {1: self._tensor, 2: self._tensor}

    def read(self, size: int) -> None:
        counts = {_IR_VERSION: 0, _GRAPH: 0}
        inside: _Inside = {
            7: self._graph,
            20: lambda start, stop: self._enter(start, stop, self._of_training),
            25: lambda start, stop: self._enter(start, stop, self._of_function),
        }
        for found in self._wire.fields(0, size):
            if found.number in _MODEL and found.kind != _MODEL[found.number]:
                raise Malformed("a field of a model of another kind")
            if found.number in counts:
                counts[found.number] += 1
            if found.number in inside:
                inside[found.number](found.start, found.end)
        if set(counts.values()) != {1}:
            raise Malformed("a model has one graph, and one version")

    def _enter(self, start: int, stop: int, inside: _Inside) -> None:
        for found in self._wire.fields(start, stop):
            if found.number in inside:
                if found.kind != BYTES:
                    raise Malformed("a number in the place of a message")
                inside[found.number](found.start, found.end)

    def _graph(self, start: int, stop: int) -> None:
        if self._depth == _MAX_DEPTH:
            raise Malformed("graphs nested too deeply")
        self._depth += 1
        self._enter(start, stop, self._of_graph)
        self._depth -= 1

    def _sparse(self, start: int, stop: int) -> None:
        self._enter(start, stop, self._of_sparse)

    def _node(self, start: int, stop: int) -> None:
        """A constant is named as what its node gives is."""
        if stop - start < _SMALL_NODE:
            return
        outputs = (self._text(found) for found in self._wire.fields(start, stop) if found.number == 2)
        name = next(outputs, "")
        self._enter(start, stop, {5: lambda begin, end: self._attribute(begin, end, name)})

    def _attribute(self, start: int, stop: int, name: str = "") -> None:
        def constant(begin: int, end: int) -> None:
            self._tensor(begin, end, name)

        def unnamed(begin: int, end: int) -> None:
            self._tensor(begin, end, "")

        several: _Inside = {10: unnamed, 6: self._graph, 11: self._graph, 22: self._sparse, 23: self._sparse}
        self._enter(start, stop, {5: constant, **several})

    def _tensor(self, start: int, stop: int, name: str | None = None) -> None:
        """``name``: in the place of its own."""
        described = self._described(start, stop)
        if name is not None:
            described.name = name
        if len(self.spans) + len(self.elsewhere) >= MAX_TENSORS:
            raise Malformed("too many tensors")
        word, shape = _WORDS.get(described.kind), tuple(described.dims)
        size = byte_size(word, shape) if word else None
        if described.location == _EXTERNAL:
            self._external(described, word, shape, size)
            return
        raw = described.data.pop(_RAW, None)
        typed = described.data.pop(_TYPED.get(described.kind, 0), None)
        if described.other or described.data or (raw and typed):
            return
        if held := raw or typed:
            if size is not None and held.end - held.start != size:
                raise Malformed("a shape contradicts a size")
            self.spans.append((held.start, held.end, word))
            if word:
                self.tensors.append(Tensor(described.name, word, shape, held.start, held.end - held.start))

    def _described(self, start: int, stop: int) -> _Described:
        found = _Described()
        once: set[int] = set()
        for part in self._wire.fields(start, stop):
            number = part.number
            if number in _ONCE:
                if number in once or part.kind != _ONCE[number]:
                    raise Malformed("a field of a tensor comes twice, or is of another kind")
                once.add(number)
            if number == 1:
                found.dims += self._wire.numbers(part, MAX_RANK)
                if len(found.dims) > MAX_RANK:
                    raise Malformed("impossible dimensions")
            elif number == 2:
                found.kind = part.value
            elif number == 8:
                found.name = self._text(part)
            elif number == 14:
                found.location = part.value
            elif number == 13:
                key, value = self._pair(part)
                if key in ("location", "offset", "length"):
                    found.external[key] = value
            elif number in (_RAW, *_TYPED.values()) and part.kind == BYTES and number not in found.data:
                found.data[number] = part
            elif number in _DATA:
                found.other = True
        return found

    def _external(
        self, described: _Described, word: str | None, shape: tuple[int, ...], size: int | None
    ) -> None:
        """What the tensor says of another file; nothing if that is not plain."""
        told = described.external
        offset, length = told.get("offset", "0"), told.get("length", "" if size is None else str(size))
        if described.other or described.data or not (_is_size(offset) and _is_size(length)):
            return
        if size in (None, int(length)) and told.get("location"):
            start, end = int(offset), int(offset) + int(length)
            tensor = Tensor(described.name, word, shape, start, end - start) if word else None
            self.elsewhere.append(Elsewhere(told["location"], (start, end, word), tensor))

    def _pair(self, message: Field) -> tuple[str, str]:
        if message.kind != BYTES:
            raise Malformed("a number in the place of a message")
        pair = {1: "", 2: ""}
        for found in self._wire.fields(message.start, message.end):
            if found.number in pair:
                pair[found.number] = self._text(found)
        return pair[1], pair[2]

    def _text(self, found: Field) -> str:
        if found.end - found.start > _MAX_TEXT:
            raise Malformed("a name that is none")
        return self._wire.text(found)


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
