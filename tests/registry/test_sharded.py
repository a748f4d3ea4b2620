"""Checkpoints in several files, as Hugging Face's libraries write them: shards, and an index of them."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import numpy as safetensors

from casreg import NotFound, Registry
from casreg.codecs import Codec
from casreg.stores.memory import MemoryStore
from casreg.testing import MeteredStore

RNG = np.random.default_rng(4)
LAYERS = 12
WEIGHTS: dict[str, Any] = {
    f"layer.{i}.{name}": (RNG.standard_normal(shape) * 0.05).astype(np.float32)
    for i in range(LAYERS)
    for name, shape in (("weight", (400, 500)), ("bias", (500,)))
}
PLAIN = sum(array.nbytes for array in WEIGHTS.values())
INDEX = "model.safetensors.index.json"
Weights = dict[str, Any]
Write = Callable[[Weights, Path], None]


def stepped(weights: Weights) -> Weights:
    """After a step of training: every weight a little different."""
    rng = np.random.default_rng(5)
    return {n: w + (rng.standard_normal(w.shape) * 2e-6).astype(np.float32) for n, w in weights.items()}


def sharded(weights: Weights, folder: Path, bounds: list[int], suffix: str, write: Write) -> Path:
    """``weights`` in shards that begin at ``bounds``; the folder, which holds their index, too."""
    folder.mkdir()
    stem = {"safetensors": "model", "bin": "pytorch_model"}[suffix]
    names, shards = list(weights), [*bounds, len(weights)]
    weight_map = {}
    for number, (first, last) in enumerate(pairwise(shards), 1):
        shard = f"{stem}-{number:05}-of-{len(bounds):05}.{suffix}"
        write({name: weights[name] for name in names[first:last]}, folder / shard)
        weight_map |= dict.fromkeys(names[first:last], shard)
    described = {"metadata": {"total_size": PLAIN}, "weight_map": weight_map}
    (folder / f"{stem}.{suffix}.index.json").write_text(json.dumps(described, indent=2))
    return folder


def as_safetensors(weights: Weights, path: Path) -> None:
    safetensors.save_file(weights, path)


def as_bin(weights: Weights, path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({name: torch.from_numpy(array) for name, array in weights.items()}, path)


def in_three(folder: Path, weights: Weights = WEIGHTS) -> Path:
    return sharded(weights, folder, [0, 7, 16], "safetensors", as_safetensors)


def in_five(folder: Path, weights: Weights = WEIGHTS) -> Path:
    return sharded(weights, folder, [0, 2, 9, 10, 17], "safetensors", as_safetensors)


@pytest.fixture
def whole(registry: Registry, tmp_path: Path) -> Registry:
    """One version of "m": all weights in one file."""
    as_safetensors(WEIGHTS, tmp_path / "model.safetensors")
    registry.save("m", tmp_path / "model.safetensors")
    return registry


def test_shards_of_a_file_and_other_shards_store_headers_and_tiny_tensors_only(
    whole: Registry, tmp_path: Path
) -> None:
    for folder in (in_three(tmp_path / "three"), in_five(tmp_path / "five")):
        saved = whole.save("m", folder)
        assert saved.stored < 0.01 * PLAIN
        assert saved.plain > PLAIN
        loaded = whole.load("m", verify="full")
        assert [p.name for p in sorted(loaded.iterdir())] == [p.name for p in sorted(folder.iterdir())]
        assert all((loaded / p.name).read_bytes() == p.read_bytes() for p in folder.iterdir())


def test_shards_that_torch_wrote_store_headers_and_tiny_tensors_only(whole: Registry, tmp_path: Path) -> None:
    folder = sharded(WEIGHTS, tmp_path / "bin", [0, 5, 11], "bin", as_bin)
    assert whole.save("m", folder).stored < 0.01 * PLAIN
    with whole.open("m") as snapshot:
        assert set(snapshot) == set(WEIGHTS)
        assert np.array_equal(snapshot["layer.7.bias"], WEIGHTS["layer.7.bias"])


def test_changed_weights_in_other_shards_are_deltas(whole: Registry, tmp_path: Path) -> None:
    alone = float(whole.info("m@1")["new_size"])
    changed = stepped(WEIGHTS)
    assert whole.save("m", in_three(tmp_path / "three", changed)).stored < 0.5 * alone
    again = stepped(changed)
    assert whole.save("m", in_five(tmp_path / "five", again)).stored < 0.5 * alone
    with whole.open("m") as snapshot:
        codecs = list(snapshot.index.chunks.codec)
        assert codecs.count(Codec.DELTA) >= LAYERS
        assert all(np.array_equal(snapshot[name], again[name]) for name in again)


def test_a_tensor_is_found_in_any_shard_and_only_its_ranges_move(tmp_path: Path) -> None:
    store = MeteredStore(MemoryStore())
    registry = Registry(store, version_objects=True)
    registry.save("m", in_three(tmp_path / "three"))
    for name in ("layer.0.weight", "layer.5.weight", f"layer.{LAYERS - 1}.weight"):
        with registry.open("m") as snapshot:
            assert set(snapshot) == set(WEIGHTS)
            store.reset()
            assert np.array_equal(snapshot[name], WEIGHTS[name])
            assert store.bytes_out < 1.2 * WEIGHTS[name].nbytes


def paths(folder: Path) -> Iterator[str]:
    return (p.name for p in sorted(folder.iterdir()))


def test_files_are_chosen_by_patterns(registry: Registry, tmp_path: Path) -> None:
    registry.save("m", in_three(tmp_path / "three"))
    assert list(paths(registry.load("m", only=INDEX))) == [INDEX]
    assert list(paths(registry.load("m", only=["*.json", "*-00002-of-*"]))) == [
        "model-00002-of-00003.safetensors",
        INDEX,
    ]
    assert list(paths(registry.checkout("m", tmp_path / "out", only="*.index.json"))) == [INDEX]
    with pytest.raises(NotFound, match=r"pytorch_model"):
        registry.load("m", only="pytorch_model*")


@pytest.mark.parametrize(
    "index",
    [
        {"weight_map": {"layer.0.weight": "model-00009-of-00009.safetensors", "none": "../../none"}},
        {"weight_map": {"layer.0.weight": "model-00002-of-00003.safetensors"}},
        {"weight_map": 7},
        "not even JSON",
    ],
)
def test_an_index_that_is_wrong_is_a_file_as_any_other(
    registry: Registry, tmp_path: Path, index: object
) -> None:
    folder = in_three(tmp_path / "three")
    text = index if isinstance(index, str) else json.dumps(index)
    (folder / INDEX).write_text(text)
    registry.save("m", folder)
    assert (registry.load("m") / INDEX).read_text() == text
    with registry.open("m") as snapshot:
        assert set(snapshot) == set(WEIGHTS)
        assert np.array_equal(snapshot["layer.0.weight"], WEIGHTS["layer.0.weight"])


def test_a_shard_that_is_missing_is_no_concern_of_the_others(registry: Registry, tmp_path: Path) -> None:
    folder = in_three(tmp_path / "three")
    (folder / "model-00002-of-00003.safetensors").unlink()
    registry.save("m", folder)
    with registry.open("m") as snapshot:
        assert 0 < len(snapshot) < len(WEIGHTS)
        with pytest.raises(NotFound):
            snapshot["layer.5.weight"]


def test_an_index_saved_by_itself_brings_no_shards_along(registry: Registry, tmp_path: Path) -> None:
    folder = in_three(tmp_path / "three")
    saved = registry.save("m", folder / INDEX)
    assert saved.plain == (folder / INDEX).stat().st_size
