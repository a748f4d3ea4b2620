"""GGUF files."""

import struct

import crafted
import pytest
from crafted import Info, gguf, pair, text
from looking import contents, cut_at, found, look

U32, STRING, ARRAY = 4, 8, 9


def array(kind: int, count: int, items: bytes) -> bytes:
    return struct.pack("<IQ", kind, count) + items


PAIRS = [
    pair("general.name", STRING, text("a model")),
    pair("u8", 0, b"x"),
    pair("f64", 12, bytes(8)),
    pair("tokens", ARRAY, array(STRING, 3, text("a") + text("") + text("ccc"))),
    pair("scores", ARRAY, array(6, 3, bytes(12))),
    pair("nested", ARRAY, array(ARRAY, 2, array(STRING, 1, text("x")) + array(ARRAY, 1, array(0, 2, b"ab")))),
    pair("none", ARRAY, array(ARRAY, 0, b"")),
]
INFOS = [
    Info("b", (3, 2), 1, 32),
    Info("a", (5,), 0, 0),
    Info("q", (32, 2), 8, 64),
    Info("new", (4,), 999, 160),
]
BODY = b"A" * 20 + b"." * 12 + b"B" * 12 + b"." * 20 + b"Q" * 68 + b"." * 28 + b"N" * 16


@pytest.mark.parametrize("version", [2, 3])
def test_plain_types_are_tensors_and_all_types_are_pieces(version):
    data = gguf(PAIRS, INFOS, BODY, version=version)
    layout = found(data)
    assert layout.format == "gguf"
    assert contents(layout, data) == {"a": ("F32", (5,), b"A" * 20), "b": ("F16", (2, 3), b"B" * 12)}
    assert layout.words[-7:] == ["F32", None, "F16", None, None, None, None]
    pieces = [bytes({*piece}) for piece in cut_at(layout, data)]
    assert pieces[-7:] == [b"A", b".", b"B", b".", b"Q", b".", b"N"]


def test_the_alignment_is_what_the_file_says():
    pairs = [*PAIRS, pair("general.alignment", U32, struct.pack("<I", 64))]
    data = gguf(
        pairs, [Info("a", (2,), 24, 64), Info("b", (1,), 30, 128)], bytes(64) + b"aa" + bytes(62) + b"bb"
    )
    data = data[:-130] + bytes(-(len(data) - 130) % 64) + data[-130:]
    assert contents(found(data), data) == {"a": ("I8", (2,), b"aa"), "b": ("BF16", (1,), b"bb")}


def test_a_long_list_of_tokens():
    tokens = b"".join(text(f"token {i}") for i in range(20_000))
    data = gguf([pair("tokens", ARRAY, array(STRING, 20_000, tokens))], [Info("a", (4,), 0, 0)], b"A" * 16)
    assert contents(found(data), data) == {"a": ("F32", (4,), b"A" * 16)}


def test_arrays_nested_deeply_are_passed_over():
    deep = array(ARRAY, 1, b"") * 100_000 + array(0, 1, b"x")
    assert found(gguf([pair("deep", ARRAY, deep)], [Info("a", (4,), 0, 0)], b"A" * 16)).tensors


def test_a_file_without_tensors():
    assert found(gguf(PAIRS, [], b"")).tensors == []


@pytest.mark.parametrize(
    "data",
    [
        gguf(PAIRS, INFOS, BODY, version=1),
        gguf(PAIRS, INFOS, BODY, version=3 << 24),
        gguf(PAIRS, INFOS, BODY[:150]),
        gguf(PAIRS, INFOS, BODY, count=1 << 63),
        gguf(PAIRS, INFOS, BODY, count=900_000),
        gguf(PAIRS, INFOS, BODY, pair_count=1 << 63),
        gguf(PAIRS, INFOS, BODY, pair_count=len(PAIRS) - 1),
        gguf(PAIRS, [*INFOS, INFOS[0]], BODY),
        gguf(PAIRS, [Info("a", (8,), 0, 0), Info("b", (1,), 0, 0)], BODY),
        gguf(PAIRS, [Info("a", (9,), 0, 0), Info("b", (1,), 0, 32)], BODY),
        gguf(PAIRS, [Info("a", (1,), 0, 16)], BODY),
        gguf(PAIRS, [Info("a", (1,), 0, 1 << 62)], BODY),
        gguf(PAIRS, [Info("a", (1,), 999, 1 << 62)], BODY),
        gguf(PAIRS, [Info("a", (1 << 61, 8), 0, 0)], BODY),
        gguf(PAIRS, [Info("a", (crafted.U64_MAX,), 0, 0)], BODY),
        gguf(PAIRS, [Info("a", (33,), 8, 0)], BODY),
        gguf(PAIRS, [Info("a", (1,) * 65, 0, 0)], BODY),
        gguf([pair("x", 13, b"")], INFOS, BODY),
        gguf([pair("x", ARRAY, array(6, 1 << 62, b""))], INFOS, BODY),
        gguf([pair("x", ARRAY, array(STRING, 1 << 62, b""))], INFOS, BODY),
        gguf([pair("x", ARRAY, array(ARRAY, 1 << 62, b""))], INFOS, BODY),
        gguf([pair("x", STRING, struct.pack("<Q", crafted.U64_MAX))], INFOS, BODY),
        gguf([pair("general.alignment", U32, struct.pack("<I", 0))], INFOS, BODY),
        gguf([pair("general.alignment", U32, struct.pack("<I", 48))], INFOS, BODY),
        gguf([pair("general.alignment", STRING, text("x"))], INFOS, BODY),
    ],
)
def test_an_inconsistent_file_is_no_layout(data):
    assert look(data) is None
    assert look(data, size=1 << 50) is None
