"""ONNX models with external data: the weights are in a file of their own, the model says where."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from safetensors import numpy as safetensors

from casreg import Registry
from casreg.codecs import Codec
from casreg.stores.memory import MemoryStore
from casreg.testing import MeteredStore

RNG = np.random.default_rng(0)
WEIGHTS: dict[str, Any] = {
    "encoder.weight": (RNG.standard_normal((400, 600)) * 0.02).astype(np.float32),
    "head.weight": RNG.standard_normal((300, 200)).astype(np.float32),
    "ids": RNG.integers(0, 9, (100, 100)),
}
PLAIN = sum(a.nbytes for a in WEIGHTS.values())


def model(weights: dict[str, Any] = WEIGHTS) -> onnx.ModelProto:
    tensors = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    return helper.make_model(helper.make_graph([], "weights", [], [], tensors))


def saved(
    folder: Path, weights: dict[str, Any] = WEIGHTS, *, one_file: bool = True, location: str = "w.bin"
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save_model(
        model(weights),
        folder / "model.onnx",
        save_as_external_data=True,
        all_tensors_to_one_file=one_file,
        location=location if one_file else None,
        size_threshold=0,
    )
    return folder


@pytest.mark.parametrize("one_file", [True, False])
def test_tensors_in_other_files_are_those_of_any_file(
    registry: Registry, tmp_path: Path, one_file: bool
) -> None:
    registry.save("m", WEIGHTS)
    folder = saved(tmp_path / "m", one_file=one_file)
    assert registry.save("m", folder).stored < 0.01 * PLAIN + 3000
    with registry.open("m") as snapshot:
        assert {name: t.part.path for name, t in snapshot.tensors.items()} == {
            name: "w.bin" if one_file else name for name in WEIGHTS
        }
        assert all(np.array_equal(snapshot[name], array) for name, array in WEIGHTS.items())
    loaded = registry.load("m")
    assert all((loaded / p.name).read_bytes() == p.read_bytes() for p in folder.iterdir())
    again = onnx.load(loaded / "model.onnx")
    assert np.array_equal(numpy_helper.to_array(again.graph.initializer[1]), WEIGHTS["head.weight"])


def test_one_tensor_moves_only_its_own_bytes(tmp_path: Path) -> None:
    store = MeteredStore(MemoryStore())
    registry = Registry(store, version_objects=True)
    registry.save("m", saved(tmp_path / "m"))
    with registry.open("m") as snapshot:
        assert len(snapshot) == len(WEIGHTS)
        store.reset()
        assert np.array_equal(snapshot["head.weight"], WEIGHTS["head.weight"])
        assert store.bytes_out < 1.2 * WEIGHTS["head.weight"].nbytes


def test_changed_weights_are_deltas_to_those_of_another_container(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(safetensors.save(WEIGHTS))
    first = registry.save("m", tmp_path / "w.safetensors")
    changed = WEIGHTS | {"encoder.weight": WEIGHTS["encoder.weight"] + np.float32(1e-6)}
    second = registry.save("m", saved(tmp_path / "m", changed))
    assert second.stored < 0.3 * first.stored
    with registry.open("m") as snapshot:
        assert Codec.DELTA in snapshot.index.chunks.codec


def test_two_models_may_share_a_file_and_folders_are_kept_apart(registry: Registry, tmp_path: Path) -> None:
    saved(tmp_path / "m" / "a")
    saved(tmp_path / "m" / "b", {"other": WEIGHTS["head.weight"]})
    copy = onnx.load(tmp_path / "m" / "a" / "model.onnx", load_external_data=False)
    onnx.save_model(copy, tmp_path / "m" / "a" / "second.onnx")
    registry.save("m", tmp_path / "m")
    with registry.open("m") as snapshot:
        assert {(t.part.path, name) for name, t in snapshot.tensors.items()} == {
            *(("a/w.bin", name) for name in WEIGHTS),
            ("b/w.bin", "other"),
        }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("location", "../secret.bin"),
        ("location", "/etc/passwd"),
        ("location", "nowhere.bin"),
        ("location", "model.onnx"),
        ("offset", str(1 << 60)),
        ("length", "-1"),
        ("length", "1"),
    ],
)
def test_a_model_that_tells_lies_is_a_file_as_any_other(
    registry: Registry, tmp_path: Path, key: str, value: str
) -> None:
    folder = saved(tmp_path / "m" / "sub")
    (tmp_path / "m" / "secret.bin").write_bytes(bytes(1000))
    lying = onnx.load(folder / "model.onnx", load_external_data=False)
    for tensor in lying.graph.initializer:
        for pair in tensor.external_data:
            if pair.key == key:
                pair.value = value
    onnx.save_model(lying, folder / "model.onnx")
    registry.save("m", tmp_path / "m")
    with registry.open("m") as snapshot:
        assert len(snapshot) == 0
    loaded = registry.load("m")
    assert (loaded / "sub" / "w.bin").read_bytes() == (folder / "w.bin").read_bytes()


def test_a_model_saved_alone_brings_no_data_along(registry: Registry, tmp_path: Path) -> None:
    folder = saved(tmp_path / "m")
    assert registry.save("m", folder / "model.onnx").plain == (folder / "model.onnx").stat().st_size
    registry.save("w", folder / "w.bin")
    with registry.open("w") as snapshot:
        assert len(snapshot) == 0


def test_what_a_file_is_by_itself_counts_more_than_what_others_say(
    registry: Registry, tmp_path: Path
) -> None:
    folder = saved(tmp_path / "m", location="w.safetensors")
    (folder / "w.safetensors").write_bytes(safetensors.save({"own": WEIGHTS["encoder.weight"]}))
    registry.save("m", folder)
    with registry.open("m") as snapshot:
        assert set(snapshot) == {"own"}
