"""Tensors by index: what numpy would give, for the bytes of the rows alone."""

import sys
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from casreg import InvalidInput, Registry, Unsupported
from casreg.stores.memory import MemoryStore
from casreg.testing import MeteredStore

MIB = 1 << 20


@given(st.data())
def test_any_basic_index_gives_what_numpy_gives(data: st.DataObject) -> None:
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=9))
    array = np.arange(int(np.prod(shape)), dtype="<i4").reshape(shape)
    registry = Registry("memory://")
    registry.save("a", {"w": array})
    with registry.open("a") as snapshot:
        tensor = snapshot.tensors["w"]
        for _ in range(4):
            index = data.draw(hnp.basic_indices(shape, allow_newaxis=True))
            expected, found = array[index], tensor[index]
            assert type(found) is type(expected)
            assert np.array_equal(found, expected)


def test_a_tensor_says_what_it_is(registry: Registry) -> None:
    registry.save("m", {"w": np.zeros((3, 4), "f4"), "s": np.full((), 2.0)})
    with registry.open("m") as snapshot:
        tensor = snapshot.tensors["w"]
        assert (tensor.name, tensor.dtype, tensor.shape, tensor.size) == ("w", "F32", (3, 4), 48)
        assert tensor.part.path == "arrays.safetensors"
        assert len(tensor) == 3
        assert [row.sum() for row in tensor] == [0, 0, 0]
        assert np.asarray(tensor).shape == (3, 4)
        assert np.asarray(tensor, dtype="f8").dtype == np.float64
        assert snapshot.tensors["s"][()] == 2
        for wrong in (3, -4, (0, 4)):
            with pytest.raises(IndexError, match="out of bounds"):
                tensor[wrong]
        with pytest.raises(TypeError):
            len(snapshot.tensors["s"])


def test_indices_that_are_arrays_are_numpys(registry: Registry) -> None:
    array = np.arange(60).reshape(5, 4, 3)
    registry.save("m", {"w": array})
    with registry.open("m") as snapshot:
        tensor = snapshot.tensors["w"]
        for index in ([0, 3], array.sum((1, 2)) % 2 == 1, (slice(1, 4), [0, 2]), (np.int64(2), ..., 1)):
            assert np.array_equal(tensor[index], array[index])


@pytest.fixture
def large() -> tuple[MeteredStore, np.ndarray]:
    store = MeteredStore(MemoryStore())
    array = np.random.default_rng(0).integers(0, 256, (4000, 10_000), dtype=np.uint8)
    with Registry(store) as registry:
        registry.save("m", {"w": array})
    return store, array


@pytest.mark.parametrize(
    ("index", "chunks"),
    [
        (slice(1000, 1010), 2),
        (-1, 1),
        (slice(1990, 2010, 3), 2),
        (slice(0, 4000, 1000), 4),
        (slice(None, None, -2000), 2),
        (slice(5, 5), 0),
    ],
)
def test_a_slice_moves_the_chunks_that_it_touches(
    large: tuple[MeteredStore, np.ndarray], index: Any, chunks: int
) -> None:
    store, array = large
    with Registry(store).open("m") as snapshot:
        tensor = snapshot.tensors["w"]
        store.reset()
        assert np.array_equal(tensor[index], array[index])
        assert store.bytes_out <= chunks * MIB


def test_a_hundredth_of_a_model_moves_little_more_than_it_takes() -> None:
    store = MeteredStore(MemoryStore())
    rng = np.random.default_rng(0)
    model = {f"layers.{n:02}.weight": rng.standard_normal((512, 512), np.float32) for n in range(100)}
    with Registry(store) as registry:
        registry.save("m", model)
    store.reset()
    with Registry(store) as cold, cold.open("m") as snapshot:
        wanted = snapshot.tensors["layers.42.weight"]
        index = snapshot.index
        rows = index.sequence[wanted.part.first : wanted.part.first + wanted.part.count]
        held = sum(
            index.chunks.stored[row]
            for row, start in zip(rows, index.starts[wanted.part.first :], strict=False)
            if wanted.start <= start - index.starts[wanted.part.first] < wanted.start + wanted.size
        )
        about = store.bytes_out  # casreg.json, ref, manifest, head and index
        store.reset()
        assert np.array_equal(wanted[...], model["layers.42.weight"])
        assert 0 < store.bytes_out <= 1.2 * held
        assert wanted.size == snapshot.head.size // 100 // 1024 * 1024
        assert about < 0.2 * wanted.size


BITS = np.arange(256, dtype="u1").repeat(2)
WORDS = {
    "BF16": ml_dtypes.bfloat16,
    "F8_E5M2": ml_dtypes.float8_e5m2,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E8M0": ml_dtypes.float8_e8m0fnu,
    "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
    "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
}


@pytest.mark.parametrize("word", WORDS)
def test_dtypes_of_ml_dtypes_are_kept(registry: Registry, word: str) -> None:
    array = BITS.view(WORDS[word]).reshape(2, 2, -1)
    registry.save("m", {"w": array, "t": array.T})
    registry.save("m", array)
    with registry.open("m@1") as snapshot:
        assert snapshot.tensors["w"].dtype == word
        assert snapshot["t"].tobytes() == array.T.tobytes()
        assert snapshot.tensors["w"][1].dtype == array.dtype
    for loaded in (registry.load("m@1")["w"], registry.load("m@2")):
        assert (loaded.dtype, loaded.tobytes()) == (array.dtype, array.tobytes())


@pytest.mark.parametrize("dtype", [np.dtype(ml_dtypes.int4), np.dtype([("a", ml_dtypes.bfloat16)])])
def test_dtypes_that_no_part_can_describe_are_refused(registry: Registry, dtype: np.dtype) -> None:
    for obj in (np.zeros(3, dtype), {"w": np.zeros(3, dtype)}):
        with pytest.raises(InvalidInput, match="dtype"):
            registry.save("m", obj)


def test_without_ml_dtypes_the_remedy_is_named(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.save("m", {"w": np.zeros(3, ml_dtypes.bfloat16)})
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with (
        registry.open("m") as snapshot,
        pytest.raises(Unsupported, match=r"pip install ml_dtypes.*torch\(\)"),
    ):
        snapshot["w"]


def test_files_are_sliced_as_trees_are(registry: Registry, tmp_path: Path) -> None:
    array = np.arange(300_000, dtype="<f4").reshape(1000, 300)
    np.savez(tmp_path / "w.npz", w=array)
    registry.save("m", tmp_path / "w.npz")
    with registry.open("m") as snapshot:
        assert np.array_equal(snapshot.tensors["w"][10:20, ::7], array[10:20, ::7])
