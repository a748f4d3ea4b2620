"""safetensors: where the tensors lie, and what is not accepted."""

import json
import struct

import crafted
import numpy as np
import pytest
from looking import contents, cut_at, found, look

A, B = bytes(range(24)), bytes(range(100, 108))
HEADER = {
    "__metadata__": {"a{": '}"\\', "b": ""},
    "b": {"dtype": "F16", "shape": [2, 2], "data_offsets": [24, 32]},
    "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
}


def test_tensors_begin_pieces_and_have_their_bytes():
    data = crafted.safetensors(HEADER, A + B)
    layout = found(data)
    assert layout.format == "safetensors"
    assert contents(layout, data) == {"a": ("F32", (2, 3), A), "b": ("F16", (2, 2), B)}
    assert cut_at(layout, data)[1:] == [A, B]
    assert layout.words == [None, "F32", "F16"]


def test_what_the_library_writes():
    library = pytest.importorskip("safetensors.numpy")
    arrays = {
        'weiß ".\\\n': np.arange(12, dtype=np.float32).reshape(3, 4),
        "empty": np.zeros((0, 3), np.int16),
        "scalar": np.array(3, np.int64),
        "flags": np.array([True, False]),
    }
    data = library.save(arrays, metadata={"format": "np", "odd": '{"x": [1]}'})
    assert contents(found(data), data) == {
        name: (word, arrays[name].shape, arrays[name].tobytes())
        for name, word in zip(arrays, ("F32", "I16", "I64", "BOOL"), strict=True)
    }


def test_gaps_and_trailing_bytes_are_pieces():
    header = {
        "a": {"dtype": "U8", "shape": [2], "data_offsets": [3, 5]},
        "b": {"dtype": "U8", "shape": [1], "data_offsets": [6, 7]},
    }
    data = crafted.safetensors(header, b"---aa-b----")
    assert cut_at(found(data), data)[1:] == [b"---", b"aa", b"-", b"b", b"----"]


@pytest.mark.parametrize("word", ["F4", "F6_E2M3", "SOMETHING_NEW"])
def test_a_word_without_a_known_width_is_a_piece_but_no_tensor(word):
    data = crafted.safetensors({"a": {"dtype": word, "shape": [8], "data_offsets": [2, 6]}}, bytes(9))
    layout = found(data)
    assert layout.tensors == []
    assert [len(piece) for piece in cut_at(layout, data)][1:] == [2, 4, 3]


@pytest.mark.parametrize("header", [b"{}", b"{ \n}  ", b'{"__metadata__":null}', b'{"__metadata__": {}} '])
def test_a_file_without_tensors(header):
    assert found(crafted.safetensors(header)).pieces == [0]


def entry(dtype: object = "U8", shape: object = (2,), offsets: object = (0, 2), **more: object) -> dict:
    return {"a": {"dtype": dtype, "shape": shape, "data_offsets": offsets} | more}


@pytest.mark.parametrize(
    "header",
    [
        entry(offsets=(0, 9)),
        entry(offsets=(-1, 1)),
        entry(offsets=(2, 0)),
        entry(offsets=(0, 1)),
        entry(offsets=(0, 2, 4)),
        entry(offsets=(0, crafted.U64_MAX)),
        entry(offsets=(False, 2)),
        entry(shape=(-2,)),
        entry(shape=(2.0,)),
        entry(shape=2),
        entry(shape=(1 << 63, 0), offsets=(0, 0)),
        entry(shape=(1,) * 65, offsets=(0, 1)),
        entry(dtype=3),
        entry(more=1),
        {"a": {"dtype": "U8", "shape": [2]}},
        {"a": 3},
        entry() | {"b": entry(offsets=(1, 3))["a"]},
        entry() | {"__metadata__": 3},
        [],
        b'{"a":}',
        b'{"a" ',
        b'{"a',
        b"{",
        b"{}x",
        b"{},",
        b'{"\xff":1}',
        b'{"__metadata__":{"a":1}}',
        b'{"a": {"dtype": "U8", "shape": ' + b"[" * 8000,
        b'{"a": {"dtype": "U8", "shape": ' + b"[" * 4000 + b"]" * 4000 + b', "data_offsets": [0, 2]}}',
        b'{"' + b"\\" * 100_001,
        json.dumps(entry()).encode()[:-1] + b"," + json.dumps(entry()).encode()[1:],
    ],
)
def test_an_inconsistent_header_is_no_layout(header):
    assert look(crafted.safetensors(header, bytes(4))) is None


@pytest.mark.parametrize("length", [0, 1, 1000, 1 << 27, 1 << 63, crafted.U64_MAX])
def test_a_lying_length_is_no_layout(length):
    data = crafted.safetensors(HEADER, A + B, length)
    assert look(data) is None
    assert look(data, size=1 << 50) is None


def test_a_name_that_is_not_unicode_is_left_out():
    header = b'{"\\ud800":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}'
    layout = found(crafted.safetensors(header, b"abc"))
    assert layout.tensors == []
    assert len(layout.pieces) == 3


def test_a_header_of_many_small_values_is_not_parsed_as_a_whole():
    deep = b'{"a":[' + b"[]," * (1 << 20)
    assert look(struct.pack("<Q", len(deep)) + deep) is None
