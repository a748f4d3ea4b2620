"""Damaged and hostile files: no layout, or one that lies within the file; nothing is raised."""

import io
import json
import struct

import crafted
import looking
import numpy as np
import pytest
from crafted import Info, Ordered, Rebuilt
from hypothesis import given
from hypothesis import strategies as st

from casreg.borders import Layout, locate

STORAGES = {"0": bytes(48), "1": bytes(32)}
CHECKPOINT = crafted.pickled(
    {
        "m": Ordered(
            {
                "w": Rebuilt("0", 12, (3, 4), (4, 1)),
                "b": Rebuilt("1", 16, (16,), (1,), 0, "torch\nHalfStorage"),
            }
        ),
        "l": [1, (2.0, "x", None)],
    }
)


def _npz() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, a=np.arange(3), b=np.ones((2, 2), np.float32))
    return stream.getvalue()


def look(data: bytes, size: int | None = None) -> Layout | None:
    """By its bytes, and by what its name makes of it."""
    return looking.look(data, "file", size) or looking.look(data, "file.onnx", size)


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
FILES = [
    crafted.safetensors(
        {"__metadata__": {"a": "b"}, "x": ENTRY, "y": ENTRY | {"data_offsets": [8, 16]}}, bytes(20)
    ),
    crafted.npy("'<f4'", bytes(24), "(2, 3)"),
    _npz(),
    crafted.checkpoint(CHECKPOINT, STORAGES),
    crafted.archive([crafted.File("a.npy", crafted.npy("'<f4'", bytes(16)), wide=True)], wide=True),
    crafted.gguf(
        [crafted.pair("a", 8, crafted.text("x")), crafted.pair("b", 9, struct.pack("<IQ", 4, 2) + bytes(8))],
        [Info("x", (4,), 0, 0), Info("y", (32,), 8, 32)],
        bytes(70),
    ),
    crafted.onnx(
        crafted.onnx_tensor("a", 1, (2, 3), (9, bytes(24))),
        crafted.onnx_external("b", 1, (2, 3), location="x", offset=64, length=24),
        graph=((15, [(1, crafted.onnx_tensor("s", 7, (1,), (9, bytes(8))))]),),
    ),
]
EXTREMES = (
    0,
    1,
    0x7F,
    0xFF,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
    1 << 32,
    (1 << 63) - 1,
    1 << 63,
    crafted.U64_MAX,
)
integers = st.sampled_from([-1, *EXTREMES]) | st.integers(-4, 40)


@pytest.mark.parametrize("data", FILES)
def test_the_files_are_good_to_begin_with(data):
    layout = look(data)
    assert layout is not None
    assert layout.tensors


@pytest.mark.parametrize("data", FILES)
def test_every_truncation(data):
    for size in range(len(data)):
        look(data[:size])
        look(data[:size], size=len(data))


@pytest.mark.parametrize("data", FILES)
def test_every_byte_damaged(data):
    for at in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            look(data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :])


@given(st.sampled_from(FILES), st.data())
def test_numbers_replaced_by_extremes(data, drawn):
    changed = bytearray(data)
    for _ in range(drawn.draw(st.integers(1, 4))):
        width = drawn.draw(st.sampled_from([1, 2, 4, 8]))
        at = drawn.draw(st.integers(0, len(data) - width))
        value = drawn.draw(st.sampled_from(EXTREMES)) & ((1 << 8 * width) - 1)
        changed[at : at + width] = value.to_bytes(width, "little")
    look(bytes(changed))
    look(bytes(changed), size=drawn.draw(st.sampled_from([len(data), len(data) + 100, 1 << 40, 1 << 63])))


@given(st.sampled_from(FILES), st.data())
def test_spans_moved_removed_and_repeated(data, drawn):
    at, end, to = sorted(drawn.draw(st.integers(0, len(data))) for _ in range(3))
    look(data[:at] + data[end:])
    look(data[:to] + data[at:end] + data[to:])
    look(data[:at] + drawn.draw(st.binary(max_size=40)) + data[at:])


@given(
    st.sampled_from([b"\x93NUMPY\1\0", b"\x93NUMPY\2\0", b"PK\3\4", b"GGUF\3\0\0\0", bytes(8) + b"{"]),
    st.binary(),
)
def test_noise_behind_a_magic(magic, noise):
    look(magic + noise)
    look(magic + noise, size=1 << 45)


@given(st.binary(max_size=300))
def test_any_opcodes(opcodes):
    look(crafted.checkpoint(b"\x80\x02" + opcodes + b".", STORAGES))


@given(
    st.lists(
        st.sampled_from([bytes([c]) for c in b"()t\x85\x86\x87]}laesud0210RbQ\x81q\x00h\x00NK\x01Q."]),
        max_size=60,
    )
)
def test_opcodes_in_any_order(opcodes):
    look(crafted.checkpoint(b"".join(opcodes) + b".", STORAGES))
    at = len(CHECKPOINT) // 2
    look(crafted.checkpoint(CHECKPOINT[:at] + b"".join(opcodes) + CHECKPOINT[at:], STORAGES))


@given(st.data())
def test_tensors_of_a_pickle_with_any_numbers(drawn):
    sizes = st.lists(integers, max_size=4).map(tuple)
    tensor = Rebuilt("0", *(drawn.draw(s) for s in (integers, sizes, sizes, integers)))
    look(crafted.checkpoint({"a": tensor, "b": tensor}, STORAGES))


json_values = st.recursive(
    st.none() | st.booleans() | integers | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
entries = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["U8", "F32", "F4", ""]) | json_values,
        "shape": st.lists(integers, max_size=3) | json_values,
        "data_offsets": st.tuples(integers, integers) | json_values,
    }
)
headers = st.dictionaries(st.text(max_size=3) | st.just("__metadata__"), entries | json_values, max_size=4)


@given(headers | json_values, st.binary(max_size=40))
def test_any_header_of_safetensors(header, data):
    look(crafted.safetensors(json.dumps(header).encode(), data))


@given(
    st.lists(
        st.builds(
            Info,
            st.text(max_size=2),
            st.lists(st.integers(0, 40), max_size=3),
            st.integers(0, 42),
            st.sampled_from([0, 32, 64, 1 << 63]),
        ),
        max_size=4,
    ),
    st.binary(max_size=100),
)
def test_any_tensors_of_gguf(infos, data):
    look(crafted.gguf([], infos, data))


@given(
    st.lists(
        st.builds(
            crafted.File,
            st.sampled_from(["a.npy", "b.npy", "r/data.pkl", "r/data/0"]),
            st.sampled_from([b"", FILES[1], CHECKPOINT]),
            size=st.none() | st.sampled_from(EXTREMES[:7]),
            header=st.none() | st.sampled_from(EXTREMES[:7]),
            method=st.sampled_from([0, 8]),
            wide=st.booleans(),
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_any_members_of_an_archive(files, wide):
    look(crafted.archive(files, wide=wide))


@pytest.mark.parametrize("data", [*FILES, b"", b"x", b"nothing that is known, and long enough"])
def test_errors_of_reading_pass_through(data):
    def read(start: int, stop: int) -> bytes:
        raise OSError("the disk is gone")

    if len(data) < 10:
        assert locate("file", len(data), read) is None
    else:
        with pytest.raises(OSError, match="the disk is gone"):
            locate("file", len(data), read)


@pytest.mark.parametrize("number", range(1, 4))
def test_errors_of_later_reads_pass_through_too(number):
    data = FILES[3]
    reads = []

    def read(start: int, stop: int) -> bytes:
        reads.append(start)
        if len(reads) > number:
            raise ValueError("enough")
        return data[start:stop]

    with pytest.raises(ValueError, match="enough"):
        locate("file", len(data), read)


@pytest.mark.parametrize(
    "data", [b"\x7fELF" + bytes(4000), b"PK\3\4" + bytes(4000), bytes(8) + b"{" + bytes(4000)]
)
def test_an_unknown_file_costs_a_few_reads(data):
    reads = []
    assert locate("file", len(data), lambda a, b: reads.append(a) or data[a:b]) is None
    assert len(reads) <= 3
