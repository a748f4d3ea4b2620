"""Weights are stored once, whatever container they come in, and files come back bit for bit."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from safetensors import numpy as safetensors

from casreg import Registry

RNG = np.random.default_rng(0)
WEIGHTS: dict[str, Any] = {
    "encoder.weight": RNG.standard_normal((700, 900)).astype(np.float32),
    "encoder.bias": RNG.standard_normal(900).astype(np.float32),
    "head.weight": RNG.standard_normal((300, 500)).astype(np.float32),
    **{f"tiny.{i}": RNG.standard_normal(50).astype(np.float32) for i in range(40)},
}
PLAIN = sum(a.nbytes for a in WEIGHTS.values())


def as_safetensors(path: Path) -> None:
    path.write_bytes(safetensors.save(WEIGHTS))


def as_npz(path: Path) -> None:
    np.savez(path, **WEIGHTS)


def as_onnx(path: Path) -> None:
    tensors = [numpy_helper.from_array(array, name) for name, array in WEIGHTS.items()]
    onnx.save(helper.make_model(helper.make_graph([], "weights", [], [], tensors)), path)


CONTAINERS = {"w.safetensors": as_safetensors, "w.npz": as_npz, "w.onnx": as_onnx}


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_file_shares_chunks_with_the_same_arrays_in_memory(
    registry: Registry, tmp_path: Path, container: str
) -> None:
    registry.save("m", WEIGHTS)
    file = tmp_path / container
    CONTAINERS[container](file)
    saved = registry.save("m", file)
    assert saved.stored < 0.02 * PLAIN + 3000
    assert registry.load("m").read_bytes() == file.read_bytes()
    with registry.open("m") as snapshot:
        assert np.array_equal(snapshot["encoder.weight"], WEIGHTS["encoder.weight"])
        assert set(snapshot) == set(WEIGHTS)


def test_an_array_shares_chunks_with_its_npy_file(registry: Registry, tmp_path: Path) -> None:
    array = WEIGHTS["encoder.weight"]
    registry.save("a", array)
    np.save(tmp_path / "a.npy", array)
    assert registry.save("a", tmp_path / "a.npy").stored == 0


def test_a_directory_of_shards_is_looked_into(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    as_safetensors(tmp_path / "model" / "model.safetensors")
    (tmp_path / "model" / "config.json").write_text("{}")
    registry.save("m", WEIGHTS)
    assert registry.save("m", tmp_path / "model").stored < 3000
    with registry.open("m") as snapshot:
        assert len(snapshot) == len(WEIGHTS)


def test_floats_are_stored_in_planes(registry: Registry) -> None:
    saved = registry.save("m", WEIGHTS)
    assert saved.stored < 0.86 * PLAIN
    with registry.open("m") as snapshot:
        assert 2 in set(snapshot.index.chunks.codec)
    assert np.array_equal(registry.load("m", verify="full")["head.weight"], WEIGHTS["head.weight"])


def test_what_only_looks_like_a_container_is_a_file_as_any_other(registry: Registry, tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, WEIGHTS["encoder.weight"])
    cut = stream.getvalue()[:-7]
    (tmp_path / "cut.npy").write_bytes(cut)
    registry.save("f", tmp_path / "cut.npy")
    assert registry.load("f").read_bytes() == cut
    with registry.open("f") as snapshot:
        assert len(snapshot) == 0
