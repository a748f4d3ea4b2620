"""``into=``: arrays that are there are filled, with nothing made beside them."""

import tracemalloc
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import save_file

from casreg import InvalidInput, NotFound, Registry

MIB = 1 << 20
TREE: dict[str, Any] = {
    "model": {"w": np.arange(600.0).reshape(20, 30), "b": np.arange(20, dtype="i2")},
    "odd": np.arange(5, dtype=">i4"),
    "complex": np.arange(4) * (1 + 2j),
    "bf16": np.arange(7).astype(ml_dtypes.bfloat16),
    "list": [np.zeros(()), np.zeros((0, 3))],
    "step": 7,
}


def empty(tree: Any) -> Any:
    """The same tree, of arrays that hold something else, and without values."""
    if isinstance(tree, dict):
        return {key: empty(value) for key, value in tree.items() if not isinstance(value, int)}
    if isinstance(tree, list):
        return [empty(value) for value in tree]
    return np.full_like(tree, 99)


def leaves(tree: Any) -> list[Any]:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else None
    return [tree] if inner is None else [leaf for value in inner for leaf in leaves(value)]


def test_every_array_of_a_tree_is_filled_in_place(registry: Registry) -> None:
    registry.save("m", TREE)
    target = empty(TREE)
    loaded = registry.load("m", into=target)
    assert loaded.pop("step") == 7
    assert [id(leaf) for leaf in leaves(loaded)] == [id(leaf) for leaf in leaves(target)]
    for found, saved in zip(leaves(target), leaves(TREE), strict=False):
        assert found.tobytes() == saved.tobytes()


def test_arrays_in_any_order_are_filled(registry: Registry) -> None:
    array = TREE["model"]["w"]
    registry.save("m", {"w": array, "complex": TREE["complex"]})
    wide = np.zeros((40, 60))
    for into in (wide[::2, ::2], wide[19::-1, :30], np.zeros((30, 20)).T, np.zeros((20, 30), order="F")):
        numbers = np.zeros((4, 2), "c16")[:, 1]
        registry.load("m", into={"w": into, "complex": numbers})
        assert np.array_equal(into, array)
        assert np.array_equal(numbers, TREE["complex"])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"model": {"w": np.zeros((30, 20))}}, r"model\.w is F64 \(20, 30\), into= is F64 \(30, 20\)"),
        ({"model": {"w": np.zeros((20, 30), "f4")}}, r"model\.w is F64 \(20, 30\), into= is F32"),
        ({"model": {"w": np.zeros((20, 30), ">f8")}}, r"model\.w is F64 \(20, 30\), into= is >f8"),
        ({"model": {"w": np.broadcast_to(0.0, (20, 30))}}, r"model\.w is read-only"),
        ({"model": {"w": [0.0]}}, r"for model\.w, not list"),
        ({"model": {"b": np.zeros(20, "i2")}}, r"into= has nothing at 'model\.w'"),
        ({"model": None}, None),
        ({"odd": np.zeros(5, "i4")}, "odd is >i4"),
        ({"complex": np.zeros((4, 2))}, r"complex is complex128 \(4,\)|complex is complex128"),
        ({"list": [np.zeros(())]}, r"into= has nothing at 'list\.1'"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(
    registry: Registry, wrong: Any, told: str | None
) -> None:
    registry.save("m", TREE)
    good = empty(TREE)
    if told is None:  # nothing is given for it: it is made
        assert np.array_equal(registry.load("m", into={**good, **wrong})["model"]["w"], TREE["model"]["w"])
        return
    with pytest.raises(InvalidInput, match=told):
        registry.load("m", into={**good, **wrong})
    assert all(np.array_equal(leaf, np.full_like(leaf, 99)) for leaf in leaves(good))


def test_only_what_is_asked_for_must_be_given(registry: Registry) -> None:
    registry.save("m", TREE)
    target = {"model": {"w": np.zeros((20, 30))}}
    assert registry.load("m", only="*.w", into=target)["model"]["w"] is target["model"]["w"]
    assert np.array_equal(target["model"]["w"], TREE["model"]["w"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_file({"enc.w": TREE["model"]["w"], "enc.b": TREE["model"]["b"]}, tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


def test_tensors_of_a_file_are_filled_by_name(registry: Registry, file: Path) -> None:
    registry.save("m", file)
    flat = {"enc.w": np.zeros((20, 30)), "enc.b": np.zeros(20, "i2")}
    assert registry.load("m", into=flat) is flat
    nested = {"enc": {"b": np.zeros(20, "i2")}}
    assert registry.load("m", into=nested) is nested
    assert np.array_equal(flat["enc.w"], TREE["model"]["w"])
    assert np.array_equal(flat["enc.b"], TREE["model"]["b"])
    assert np.array_equal(nested["enc"]["b"], TREE["model"]["b"])


def test_only_some_tensors_of_a_file(registry: Registry, file: Path) -> None:
    registry.save("m", file.parent)
    target = {"enc.w": np.zeros((20, 30)), "enc.b": np.zeros(20, "i2")}
    registry.load("m", only="*.b", into=target)
    assert target["enc.w"].sum() == 0
    assert target["enc.b"].sum() == 190
    with pytest.raises(NotFound, match=r"nothing in into= matches \*\.c"):
        registry.load("m", only=["*.b", "*.c"], into=target)


def test_what_a_file_has_not_is_named(registry: Registry, file: Path, tmp_path: Path) -> None:
    registry.save("m", file)
    target = {"enc.b": np.zeros(20, "i2"), "enc.v": np.zeros(3)}
    with pytest.raises(InvalidInput, match=r"names 'enc\.v': m@1 has no such tensor; it has enc\."):
        registry.load("m", into=target)
    assert target["enc.b"].sum() == 0
    with pytest.raises(InvalidInput, match="a mapping from names"):
        registry.load("m", into=np.zeros(3))
    with pytest.raises(InvalidInput, match="output_dir"):
        registry.load("m", into=target, output_dir=tmp_path / "out")
    (tmp_path / "text").write_text("none")
    registry.save("t", tmp_path / "text")
    with pytest.raises(InvalidInput, match="nor any other"):
        registry.load("t", into=target)


@pytest.mark.parametrize("as_file", [False, True])
def test_no_second_copy_is_made(on_disk: Registry, tmp_path: Path, as_file: bool) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96 * MIB,), dtype=np.uint8)
    tree = {"w": noise}
    if as_file:
        save_file(tree, tmp_path / "w.safetensors")
    on_disk.save("m", tmp_path / "w.safetensors" if as_file else tree)
    target = {"w": np.zeros_like(noise)}
    with Registry(tmp_path / "store", memory=64 * MIB) as registry:
        tracemalloc.start()
        registry.load("m", into=target)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert np.array_equal(target["w"], noise)
    assert peak < 8 * MIB
