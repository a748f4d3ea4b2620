"""ONNX files, made by hand."""

import struct

import crafted
import pytest
from crafted import onnx, onnx_external, onnx_tensor, proto
from looking import contents, found, look, words

from casreg.tensors import Tensor

FLOAT, INT8, INT64, STRING, DOUBLE, COMPLEX64, COMPLEX128, BFLOAT16 = 1, 3, 7, 8, 11, 14, 15, 16
RAW = 9
FLOATS = struct.pack("<6f", *range(6))


def layout(data: bytes):
    return found(data, "folder/model.onnx")


def node(output: str, *attributes: list, op: str = "Constant") -> list:
    return [(2, output), (4, op), *((5, attribute) for attribute in attributes), (6, "x" * 4096)]


def test_initializers_are_tensors():
    data = onnx(
        onnx_tensor("a", FLOAT, (2, 3), (RAW, FLOATS)),
        onnx_tensor("b", BFLOAT16, (), (RAW, b"ab")),
        onnx_tensor("none", INT8, (4, 0), (RAW, b"")),
    )
    assert layout(data).format == "onnx"
    assert contents(layout(data), data) == {
        "a": ("F32", (2, 3), FLOATS),
        "b": ("BF16", (), b"ab"),
        "none": ("I8", (4, 0), b""),
    }
    assert words(layout(data), data)[FLOATS] == "F32"


@pytest.mark.parametrize(
    ("kind", "number", "word"), [(FLOAT, 4, "F32"), (DOUBLE, 10, "F64"), (COMPLEX64, 4, "C64")]
)
def test_numbers_that_are_packed_as_they_are_in_memory_are_tensors_too(kind, number, word):
    data = onnx(onnx_tensor("a", kind, (2,), (number, b"x" * (8 if kind == FLOAT else 16))))
    assert [t.dtype for t in layout(data).tensors] == ([word] if kind != FLOAT else ["F32"])


def test_numbers_of_any_length_are_none():
    data = onnx(
        onnx_tensor("a", INT64, (2,), (7, b"\1\2")), onnx_tensor("b", FLOAT, (1,), (4, b"abcd"), (4, b""))
    )
    assert layout(data).tensors == []


def test_fields_may_come_in_any_order_and_dimensions_packed():
    data = onnx([(RAW, FLOATS), (1, crafted.varint(2) + crafted.varint(3)), (8, "a"), (2, FLOAT)])
    assert contents(layout(data), data) == {"a": ("F32", (2, 3), FLOATS)}


def test_what_has_no_word_is_a_piece_and_no_tensor():
    data = onnx(
        onnx_tensor("c", COMPLEX128, (1,), (RAW, b"c" * 16)), onnx_tensor("s", STRING, (1,), (6, b"text"))
    )
    assert layout(data).tensors == []
    assert words(layout(data), data)[b"c" * 16] is None


def test_graphs_within_nodes_training_functions_and_sparse_tensors():
    def tensor(name):
        return onnx_tensor(name, FLOAT, (1,), (RAW, b"abcd"))

    body = [(5, tensor("inner"))]
    data = onnx(
        tensor("outer"),
        graph=(
            (1, node("c", [(1, "value"), (5, tensor("ignored"))])),
            (
                1,
                node(
                    "loop", [(1, "body"), (6, body)], [(1, "more"), (11, [(5, tensor("listed"))])], op="Loop"
                ),
            ),
            (1, [(2, "small"), (5, [(5, tensor("small"))])]),
            (15, [(1, tensor("values")), (2, onnx_tensor("", INT64, (1,), (RAW, bytes(8)))), (3, 9)]),
        ),
        model=(
            (20, [(1, [(5, tensor("initial"))]), (2, [(5, tensor("step"))])]),
            (25, [(1, "f"), (7, node("in function", [(5, tensor(""))]))]),
        ),
    )
    names = {"outer", "c", "inner", "listed", "values", "initial", "step", "in function"}
    assert {t.name for t in layout(data).tensors} == names


def test_data_in_other_files_is_told_and_not_believed():
    data = onnx(
        onnx_external("a", FLOAT, (2, 3), location="weights.bin", offset=64, length=24),
        onnx_external("b", FLOAT, (2, 3), location="../../etc/passwd"),
        onnx_external("c", COMPLEX128, (1,), location="weights.bin", offset=128, length=16, checksum="x"),
        onnx_external("wrong", FLOAT, (2, 3), location="weights.bin", offset=0, length=23),
        onnx_external("negative", FLOAT, (2, 3), location="weights.bin", offset=-1),
        onnx_external("no number", FLOAT, (2, 3), location="weights.bin", offset="²"),
        onnx_external("nowhere", FLOAT, (2, 3), offset=0),
    )
    assert layout(data).tensors == []
    told = [(e.location, e.span, e.tensor) for e in layout(data).elsewhere]
    assert told == [
        ("weights.bin", (64, 88, "F32"), Tensor("a", "F32", (2, 3), 64, 24)),
        ("../../etc/passwd", (0, 24, "F32"), Tensor("b", "F32", (2, 3), 0, 24)),
        ("weights.bin", (128, 144, None), None),
    ]


def test_a_model_has_another_name():
    assert look(onnx(onnx_tensor("a", FLOAT, (2, 3), (RAW, FLOATS))), "model.pb") is None


GOOD = onnx_tensor("a", FLOAT, (2, 3), (RAW, FLOATS))


def deep(levels: int) -> bytes:
    graph = proto((5, GOOD))
    for _ in range(levels):
        graph = proto((1, node("n", [(6, graph)])))
    return proto((1, 10), (7, graph))


def test_graphs_are_nested_so_deep_and_no_deeper():
    assert layout(deep(29)).tensors
    assert look(deep(30), "m.onnx") is None
    assert look(deep(400), "m.onnx") is None


@pytest.mark.parametrize(
    "data",
    [
        onnx(GOOD) + b"\0",
        onnx(GOOD) + b"\x7f",
        onnx(GOOD)[:-1],
        onnx(GOOD) + proto((7, [])),
        onnx(GOOD) + proto((1, 1)),
        proto((7, [(5, GOOD)])) + bytes(10),
        proto((1, 10), (7, 12)) + proto((8, "0123456789")),
        onnx(GOOD) + b"\xff" * 12,
        onnx(GOOD) + crafted.varint(99 << 3 | 3) + b"\0",
        onnx(GOOD) + crafted.varint(1 << 40) + b"\0",
        onnx(onnx_tensor("a", FLOAT, (2, 4), (RAW, FLOATS))),
        onnx(onnx_tensor("a", FLOAT, (-2, 3), (RAW, FLOATS))),
        onnx(onnx_tensor("a", FLOAT, (1,) * 65, (RAW, FLOATS))),
        onnx([(1, b"\1" * 700), (2, FLOAT), (RAW, b"abcd")]),
        onnx([(1, "\x80"), (2, FLOAT), (RAW, b"abcd")]),
        onnx([(1, 1.0), (2, FLOAT), (RAW, b"abcd")]),
        onnx([*GOOD, (RAW, FLOATS)]),
        onnx([*GOOD, (2, FLOAT)]),
        onnx([*GOOD[:-1], (RAW, 5)]),
        onnx([(8, b"\xff"), *GOOD[2:]]),
        onnx([(8, "x" * (1 << 16) + "x"), (1, 6), (2, FLOAT), (RAW, FLOATS)]),
        onnx([*GOOD[:-1], (13, 5)]),
        onnx(graph=((5, 7),)),
    ],
)
def test_an_inconsistent_file_is_no_layout(data):
    assert look(data, "m.onnx") is None
    assert look(data, "m.onnx", size=1 << 50) is None


def test_fields_without_end_are_not_followed():
    count = 2_000_001
    assert look(onnx(graph=((2, "x"),)) + b"\x28\0" * count, "m.onnx") is None
