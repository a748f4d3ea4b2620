"""What saves loads equal, or the save is refused."""

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sameness import same

from casreg import InvalidInput, NotFound, Registry

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.binary(max_size=20)
)
keys = (
    st.text(max_size=8)
    | st.integers()
    | st.booleans()
    | st.none()
    | st.tuples(st.integers(), st.text(max_size=3))
)
arrays = hnp.arrays(
    (hnp.scalar_dtypes() | hnp.array_dtypes() | hnp.unicode_string_dtypes()).filter(
        lambda dtype: all(ord(c) < 256 for c in str(dtype.descr))  # others are refused, see below
    ),
    hnp.array_shapes(min_dims=0, min_side=0),
)
trees = st.recursive(
    scalars | arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", list("?bhilqBHILQefdFD"))
def test_numbers_of_numpy_come_back_as_such(name: str) -> None:
    number = np.array([np.nan if name in "efdFD" else 3]).astype(name)[0]
    registry = Registry("memory://")
    registry.save("tree", {"best": number, (0, number): [number]})
    assert same(registry.load("tree"), {"best": number, (0, number): [number]})
    registry.save("number", number)
    assert same(registry.load("number"), number)


@given(trees)
def test_a_tree_comes_back_in_type_value_and_bits(tree: Any) -> None:
    registry = Registry("memory://")
    registry.save("tree", tree)
    assert same(registry.load("tree"), tree)


@given(arrays)
def test_an_array_comes_back_in_dtype_shape_and_bits(array: np.ndarray) -> None:
    registry = Registry("memory://")
    registry.save("array", array)
    assert same(registry.load("array"), array)


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_order_of_an_array_is_kept(registry: Registry, order: str) -> None:
    array = np.arange(12.0).reshape(3, 4).copy(order=order)  # type: ignore[call-overload]
    registry.save("a", array)
    loaded = registry.load("a")
    assert np.array_equal(loaded, array)
    assert loaded.flags.f_contiguous == array.flags.f_contiguous


def test_views_that_are_not_contiguous_are_saved_as_what_they_show(registry: Registry) -> None:
    base = np.arange(100).reshape(10, 10)
    registry.save("a", base[::2, ::-3])
    registry.save("t", {"x": base[::2, ::-3], "y": base.T})
    assert np.array_equal(registry.load("a"), base[::2, ::-3])
    assert np.array_equal(registry.load("t")["x"], base[::2, ::-3])
    assert np.array_equal(registry.load("t")["y"], base.T)


def test_nan_keeps_its_bits(registry: Registry) -> None:
    (odd,) = struct.unpack(">d", bytes.fromhex("7ff8000000000abc"))
    registry.save("nan", [odd, math.inf, -0.0])
    loaded = registry.load("nan")
    assert struct.pack(">d", loaded[0]).hex() == "7ff8000000000abc"
    assert math.copysign(1, loaded[2]) == -1


def test_names_of_arrays_that_collide_stay_apart(registry: Registry) -> None:
    tree = {"a.b": np.zeros(2), "a": {"b": np.ones(3)}, "__metadata__": np.ones(1)}
    registry.save("t", tree)
    assert same(registry.load("t"), tree)
    with registry.open("t") as snapshot:
        assert len(snapshot) == 3


class Strange:
    pass


@pytest.mark.parametrize(
    "obj",
    [
        Strange(),
        {"a": [Strange()]},
        np.array([object()]),
        {"x": np.array([None])},
        {Strange: 1},
        np.ma.masked_array([1.0], [True]),
        np.zeros(1, [("\u0100", "f4")]),
        type("MyBytes", (bytes,), {})(b"x"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_saved(registry: Registry, obj: Any) -> None:
    with pytest.raises(InvalidInput):
        registry.save("x", obj)
    assert registry.list_objects() == []


def test_a_value_that_holds_itself_is_refused(registry: Registry) -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(InvalidInput, match="holds itself"):
        registry.save("x", value)


def test_the_refusal_names_the_place(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"config\.1\.optimizer.*Strange"):
        registry.save("x", {"config": [1, {"optimizer": Strange()}]})


def test_only_takes_the_matching_arrays_and_reads_nothing_else(registry: Registry) -> None:
    tree = {"encoder": {"w": np.arange(5), "b": np.ones(2)}, "head": [np.zeros(3)], "step": 7}
    registry.save("m", tree)
    assert same(registry.load("m", only="encoder.*"), {"encoder": tree["encoder"]})
    assert same(registry.load("m", only=["head.*", "step"]), {"head": tree["head"], "step": 7})
    assert same(registry.load("m", only="encoder"), {"encoder": tree["encoder"]})
    assert same(registry.load("m", only="*.[bw]"), {"encoder": tree["encoder"]})
    with pytest.raises(NotFound, match="nothing in m@1 matches"):
        registry.load("m", only="decoder.*")
    with pytest.raises(NotFound, match=r"nothing in m@1 matches hed\.\*, b$"):
        registry.load("m", only=["encoder.*", "hed.*", "b"])
    with pytest.raises(InvalidInput):
        registry.load("m", only=[])


def test_into_fills_arrays_that_are_there(registry: Registry) -> None:
    tree = {"a": np.arange(6.0).reshape(2, 3), "l": [np.ones(4, np.int8)]}
    registry.save("m", tree)
    target = {"a": np.zeros((2, 3)), "l": [np.zeros(4, np.int8)]}
    held = target["a"]
    loaded = registry.load("m", into=target)
    assert loaded["a"] is held
    assert same(loaded, tree)
    for wrong in (np.zeros((3, 2)), np.zeros((2, 3), "f4"), np.broadcast_to(0.0, (2, 3)), [0.0] * 6):
        with pytest.raises(InvalidInput, match="into="):
            registry.load("m", into={**target, "a": wrong})


def test_into_fills_one_array_and_one_buffer(registry: Registry) -> None:
    registry.save("a", np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    registry.save("b", b"hello")
    array, buffer = np.zeros((2, 3), order="F"), bytearray(5)
    assert registry.load("a", into=array) is array
    assert np.array_equal(array, np.arange(6.0).reshape(2, 3))
    assert registry.load("b", into=buffer) == b"hello"
    with pytest.raises(InvalidInput, match="4 bytes"):
        registry.load("b", into=bytearray(4))
    other = np.zeros((2, 3))
    assert registry.load("a", into=other) is other
    assert np.array_equal(other, array)


def test_a_tensor_is_read_lazily(registry: Registry) -> None:
    tree = {"big": np.arange(1 << 20), "small": np.arange(10, dtype="u2")}
    registry.save("m", tree)
    with registry.open("m") as snapshot:
        assert set(snapshot) == {"big", "small"}
        assert np.array_equal(snapshot["small"], tree["small"])
        assert np.array_equal(snapshot["big"], tree["big"])
        with pytest.raises(KeyError):
            snapshot["other"]
        tensor = snapshot.tensors["small"]
        assert (
            snapshot.read(tensor.part.path, tensor.start, tensor.start + tensor.size)
            == tree["small"].tobytes()
        )


def test_safetensors_parts_are_what_the_library_would_read(registry: Registry) -> None:
    registry.save("m", {"b": np.arange(3, dtype="f4"), "a": np.ones((2, 2), "u1"), "c": np.zeros(0, "f8")})
    with registry.open("m") as snapshot:
        raw = snapshot.read("arrays.safetensors")
    length = int.from_bytes(raw[:8], "little")
    assert length % 8 == 0
    assert list(__import__("json").loads(raw[8 : 8 + length])) == ["c", "b", "a"]


def test_bytes_come_back_as_what_they_were(registry: Registry) -> None:
    for obj in (b"", b"abc", bytearray(b"abc"), b"x" * 3_000_000):
        registry.save("b", obj)
        assert same(registry.load("b"), obj)
    registry.save("view", memoryview(b"abcdef")[2:4])
    assert registry.load("view") == b"cd"
    with pytest.raises(InvalidInput, match="contiguous"):
        registry.save("view", memoryview(b"abcdef")[::2])
