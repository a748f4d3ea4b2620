"""torch's zip checkpoints, of which the pickle is read and not obeyed."""

import os
import pickle
import struct
import sys

import crafted
import pytest
from crafted import Called, Class, Ordered, Raw, Rebuilt, checkpoint, pickled
from looking import contents, cut_at, found, look, words

S0, S1 = bytes(range(48)), bytes(range(100, 132))
WEIGHT = Rebuilt("0", 12, (3, 4), (4, 1))
BIAS = Rebuilt("1", 16, (16,), (1,), storage="torch\nHalfStorage")


def names(value: object, **storages: bytes) -> list[str]:
    data = checkpoint(value, storages or {"0": S0, "1": S1})
    return [tensor.name for tensor in found(data, "model.pt").tensors]


@pytest.mark.parametrize("wide", [False, True])
def test_tensors_are_named_by_keys_and_positions(wide):
    value = {
        "model": Ordered({"layer.weight": WEIGHT, "layer.bias": BIAS}),
        "optimizer": {
            "state": {0: {"exp_avg": WEIGHT, "step": 7.0}},
            "groups": [{"lr": 0.1, "params": [0, 1]}],
        },
        "list": [None, WEIGHT, (1, (BIAS,))],
    }
    data = checkpoint(value, {"0": S0, "1": S1}, wide=wide)
    layout = found(data)
    assert layout.format == "torch"
    weight, bias = ("F32", (3, 4), S0), ("F16", (16,), S1)
    assert contents(layout, data) == {
        "model.layer.weight": weight,
        "model.layer.bias": bias,
        "optimizer.state.0.exp_avg": weight,
        "list.1": weight,
        "list.2.1.0": bias,
    }
    assert {S0, S1} <= set(cut_at(layout, data))


def test_a_module_names_its_tensors_as_its_state_dict_does():
    state = {
        "training": True,
        "_parameters": {"scale": Called("torch._utils\n_rebuild_parameter", (BIAS, True, Ordered()))},
        "_modules": Ordered({"linear": Called("torch.nn\nLinear", (), {"_parameters": {"weight": WEIGHT}})}),
    }
    assert names(Called("my.models\nModel", (), state)) == ["linear.weight", "scale"]


def test_a_single_tensor_is_named_after_the_file():
    assert names(WEIGHT) == ["model"]


def test_views_are_tensors_if_they_lie_in_c_order():
    value = {
        "row": Rebuilt("0", 12, (2, 4), (4, 1), offset=4),
        "whole": WEIGHT,
        "same": WEIGHT,
        "ones": Rebuilt("0", 12, (1, 3, 1, 4), (99, 4, 0, 1)),
        "scalar": Rebuilt("0", 12, (), (), offset=11),
        "empty": Rebuilt("0", 12, (0, 3), (7, 7)),
        "transposed": Rebuilt("0", 12, (4, 3), (1, 4)),
        "column": Rebuilt("0", 12, (3,), (4,)),
        "expanded": Rebuilt("0", 12, (2, 12), (0, 1)),
        "conjugated": Rebuilt("0", 12, (3, 4), (4, 1), more=({"conj": True},)),
        "too far": Rebuilt("0", 12, (3, 4), (4, 1), offset=1),
        "beyond the storage": Rebuilt("0", 11, (3, 4), (4, 1)),
        "beyond the member": Rebuilt("0", 13, (3, 4), (4, 1)),
        "elsewhere": Rebuilt("../data.pkl", 1, (1,), (1,)),
        "negative": Rebuilt("0", 12, (3, 4), (4, 1), offset=-4),
        "huge": Rebuilt("0", 12, (1 << 61, 1 << 61), (1 << 61, 1)),
        "ranks": Rebuilt("0", 12, (3, 4), (1,)),
    }
    data = checkpoint(value, {"0": S0})
    layout = found(data)
    assert contents(layout, data) == {
        "row": ("F32", (2, 4), S0[16:]),
        "whole": ("F32", (3, 4), S0),
        "same": ("F32", (3, 4), S0),
        "ones": ("F32", (1, 3, 1, 4), S0),
        "scalar": ("F32", (), S0[44:]),
        "empty": ("F32", (0, 3), b""),
    }
    assert words(layout, data)[S0] == "F32"


def test_a_storage_has_a_word_even_if_nothing_in_it_is_a_tensor():
    data = checkpoint({"a": Rebuilt("0", 12, (4, 3), (1, 4))}, {"0": S0})
    assert words(found(data), data)[S0] == "F32"


def test_tensors_side_by_side_in_one_storage_are_pieces():
    value = {"a": Rebuilt("0", 12, (4,), (1,)), "b": Rebuilt("0", 12, (6,), (1,), offset=6)}
    data = checkpoint(value, {"0": S0})
    pieces = cut_at(found(data), data)
    at = pieces.index(S0[:16])
    assert pieces[at : at + 3] == [S0[:16], S0[16:24], S0[24:]]


@pytest.mark.parametrize(
    ("storage", "word", "width"),
    [
        ("DoubleStorage", "F64", 8),
        ("BFloat16Storage", "BF16", 2),
        ("LongStorage", "I64", 8),
        ("IntStorage", "I32", 4),
        ("ShortStorage", "I16", 2),
        ("CharStorage", "I8", 1),
        ("ByteStorage", "U8", 1),
        ("BoolStorage", "BOOL", 1),
        ("ComplexFloatStorage", "C64", 8),
    ],
)
def test_the_storage_says_the_word(storage, word, width):
    count = len(S0) // width
    data = checkpoint({"a": Rebuilt("0", count, (count,), (1,), storage=f"torch\n{storage}")}, {"0": S0})
    assert contents(found(data), data) == {"a": (word, (count,), S0)}


def test_bytes_without_a_type_have_it_in_the_tensor():
    def tensor(*more: object, count: int = 48) -> Rebuilt:
        function = "torch._utils\n_rebuild_tensor_v3"
        return Rebuilt(
            "0", count, (24,), (1,), storage="torch.storage\nUntypedStorage", function=function, more=more
        )

    assert names({"a": tensor(Class("torch\nuint16"))}) == ["a"]
    assert names({"a": tensor(Class("torch\nuint16"), {"neg": True})}) == []
    assert names({"a": tensor(Class("os\nuint16"))}) == []
    assert names({"a": tensor()}) == []
    assert names({"a": tensor(Class("torch\nuint32"))}) == []


@pytest.mark.parametrize(
    "storage", ["torch\nQInt8Storage", "torch\nComplexDoubleStorage", "os\nFloatStorage"]
)
def test_storages_without_a_word_are_pieces_only(storage):
    data = checkpoint({"a": Rebuilt("0", 3, (3,), (1,), storage=storage)}, {"0": S0})
    assert found(data).tensors == []
    assert S0 in cut_at(found(data), data)


@pytest.mark.parametrize("order", [b"big", b"BIG!!!", b""])
def test_another_byte_order_gives_pieces_only(order):
    data = checkpoint({"a": WEIGHT}, {"0": S0}, order)
    assert found(data).tensors == []
    assert S0 in cut_at(found(data), data)


def test_without_a_byte_order_it_is_little():
    assert found(checkpoint({"a": WEIGHT}, {"0": S0}, None)).tensors


def test_nothing_is_called_or_imported(tmp_path, monkeypatch):
    class Hostile:
        def __reduce__(self):
            return (os.system, (f"touch {tmp_path}/made",))

    hostile = Raw(pickle.dumps(Hostile(), 2)[2:-1])
    monkeypatch.setattr(os, "system", lambda *_: pytest.fail("called"))
    value = [
        hostile,
        Called("antigravity\nfly", ()),
        Called("torch\nhub", ()),
        {"a": WEIGHT},
        Class("this\ns"),
    ]
    assert names(value) == ["3.a"]
    assert not (tmp_path / "made").exists()
    assert not {"antigravity", "this"} & sys.modules.keys()


@pytest.mark.parametrize(
    "opcodes",
    [
        b"",
        b".",
        b"\x80\x02",
        b"\x80\x02R.",
        b"\x80\x02t.",
        b"\x80\x02(u.",
        b"\x80\x02](" + b"K\x01" * 3 + b"u.",
        b"\x80\x02}(K\x01u.",
        b"\x80\x02h\x05.",
        b"\x80\x02\x86.",
        b"\x80\x02Q.",
        b"\x80\x02b.",
        b"\x80\x02\xff.",
        b"\x80\x02I" + b"9" * 10_000 + b"\n.",
        b"\x80\x02L" + b"9" * 10_000 + b"L\n.",
        b"\x80\x02X" + struct.pack("<I", 0xFFFFFFFF) + b".",
        b"\x80\x04\x8d" + struct.pack("<Q", crafted.U64_MAX) + b".",
        b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1) + b".",
        b"\x80\x02S'\\q'\n.",
        b"\x80\x02V\\ud800\n.",
        b"(" * 100_000 + b".",
        b"\x80\x02)" + b"\x85" * 200_000 + b".",
        b"\x80\x02]" + b"]" * 100_000 + b"a" * 100_000 + b".",
        b"\x80\x02]q\x00h\x00a.",
        b"\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.",
        b"\x80\x02]q\x00" + b"](h\x00h\x00eq\x00" * 10_000 + b".",
        b"\x80\x02)q\x00" + b"h\x00h\x00\x86q\x00" * 10_000 + b".",
    ],
)
def test_a_pickle_that_makes_no_sense_gives_pieces_only(opcodes):
    data = checkpoint(opcodes, {"0": S0})
    layout = found(data)
    assert layout.tensors == []
    assert S0 in cut_at(layout, data)


def test_a_tensor_that_is_reached_by_very_many_paths_is_named_once_for_each_object_that_holds_it():
    shared = b"\x80\x02" + crafted.pickled([WEIGHT])[2:-1] + b"q\x00" + b"](h\x00h\x00eq\x00" * 60 + b"."
    assert len(found(checkpoint(shared, {"0": S0})).tensors) == 1


def test_names_that_are_too_long_are_left_out():
    assert names({"x" * 1020: {"y": WEIGHT, "yyyyyyy": WEIGHT}}) == ["x" * 1020 + ".y"]


def test_a_name_belongs_to_the_first_tensor_that_has_it():
    assert names({"a": {"b": WEIGHT}, "a.b": BIAS}) == ["a.b"]


def test_a_compressed_pickle_gives_pieces_only():
    files = [
        crafted.File("x/data.pkl", pickled({"a": WEIGHT}), method=8),
        crafted.File("x/data/0", S0),
    ]
    data = crafted.archive(files)
    assert found(data).tensors == []
    assert S0 in cut_at(found(data), data)


def test_an_archive_with_overlapping_storages_has_no_layout():
    files = [
        crafted.File("x/data.pkl", pickled(None)),
        crafted.File("x/data/0", S0),
        crafted.File("x/data/1", S0, header=60),
    ]
    assert look(crafted.archive(files)) is None
