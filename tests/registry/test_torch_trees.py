"""torch tensors straight from memory: what saves loads, bit for bit and as what it was."""

import math
import sys
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from with_torch import torch

from casreg import InvalidInput, Registry, Unsupported

DTYPES = (
    *("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"),
    *("float16", "bfloat16", "float32", "float64", "complex32", "complex64", "complex128"),
    *("float8_e5m2", "float8_e4m3fn", "float8_e8m0fnu", "float8_e5m2fnuz", "float8_e4m3fnuz"),
    "float4_e2m1fn_x2",
)
SHAPES = ((), (0,), (3, 0, 2), (1,), (5, 7), (2, 3, 4, 5))


def random(dtype: str, shape: tuple[int, ...]) -> Any:
    """Any bits at all, as far as the dtype has values for them."""
    kind = getattr(torch, dtype)
    width = torch.empty(0, dtype=kind).element_size()
    generator = torch.Generator().manual_seed(len(shape))
    bits = torch.randint(0, 2 if dtype == "bool" else 256, (math.prod(shape) * width,), generator=generator)
    return bits.to(torch.uint8).view(kind).reshape(shape)


def bits(tensor: Any) -> bytes:
    if tensor.dtype.is_complex:
        tensor = torch.view_as_real(tensor.resolve_conj())
    return bytes(
        tensor.detach().clone(memory_format=torch.contiguous_format).reshape(-1).view(torch.uint8).numpy()
    )


def same(a: Any, b: Any) -> bool:
    """Equal in type, order, value and bits."""
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        kept = (a.dtype, a.shape, a.requires_grad, a.device) == (b.dtype, b.shape, b.requires_grad, b.device)
        return kept and bits(a) == bits(b)
    if isinstance(a, dict):
        pairs = zip(a.items(), b.items(), strict=True)
        return len(a) == len(b) and all(same(k, m) and same(v, w) for (k, v), (m, w) in pairs)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return bool(a == b)


def returned(registry: Registry, obj: Any) -> Any:
    registry.save("t", obj)
    return registry.load("t")


@pytest.mark.filterwarnings("ignore:ComplexHalf")
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_comes_back_bit_for_bit(registry: Registry, dtype: str) -> None:
    tree = [random(dtype, shape) for shape in SHAPES]
    assert same(returned(registry, tree), tree)


def test_a_tensor_by_itself(registry: Registry) -> None:
    tensor = torch.randn(3, 4)
    assert same(returned(registry, tensor), tensor)
    assert same(returned(registry, torch.nn.Parameter(tensor)), torch.nn.Parameter(tensor))


def test_a_model_and_its_optimizer_go_on_where_they_were(registry: Registry) -> None:
    def step(model: Any, optimizer: Any) -> None:
        generator = torch.Generator().manual_seed(1)
        model(torch.randn(8, 12, generator=generator)).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()

    def made() -> tuple[Any, Any]:
        model = torch.nn.Sequential(torch.nn.Linear(12, 20), torch.nn.BatchNorm1d(20), torch.nn.Linear(20, 3))
        return model, torch.optim.AdamW(model.parameters(), lr=0.01)

    model, optimizer = made()
    step(model, optimizer)
    tree = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": 1}
    registry.save("run", tree)
    loaded = registry.load("run")
    assert same(loaded, tree)
    again, resumed = made()
    again.load_state_dict(loaded["model"])
    resumed.load_state_dict(loaded["optimizer"])
    step(model, optimizer)
    step(again, resumed)
    assert same(again.state_dict(), model.state_dict())


def test_states_of_schedulers_and_of_random_numbers(registry: Registry) -> None:
    made = torch.optim.lr_scheduler
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    tree = {
        "steps": made.MultiStepLR(optimizer, [3, 3, 5]).state_dict(),
        "plateau": made.ReduceLROnPlateau(optimizer).state_dict(),
        "cycle": made.OneCycleLR(optimizer, 0.1, total_steps=10).state_dict(),
        "torch": torch.get_rng_state(),
        "numpy": np.random.default_rng(0).bit_generator.state,
    }
    loaded = returned(registry, tree)
    assert same(loaded, tree)
    assert type(loaded["steps"]["milestones"]) is Counter


def test_the_metadata_of_a_state_dict_is_kept(registry: Registry) -> None:
    state = torch.nn.Sequential(torch.nn.BatchNorm1d(3)).state_dict()
    loaded = returned(registry, state)
    assert type(loaded) is OrderedDict
    assert same(loaded._metadata, state._metadata)
    assert loaded._metadata["0"]["version"] == 2
    plain = OrderedDict(b=1, a=[2])
    assert vars(returned(registry, plain)) == {}
    plain.note = "x"
    with pytest.raises(InvalidInput, match="note"):
        registry.save("t", {"state": plain})


def test_parameters_and_gradients_that_are_required(registry: Registry) -> None:
    tree = {
        "parameter": torch.nn.Parameter(torch.randn(3)),
        "frozen": torch.nn.Parameter(torch.randn(3), requires_grad=False),
        "leaf": torch.randn(3, requires_grad=True),
        "result": torch.randn(3, requires_grad=True) * 2,
    }
    loaded = returned(registry, tree)
    assert same(loaded, tree)
    assert all(tensor.is_leaf for tensor in loaded.values())


def test_views_are_saved_as_what_they_show(registry: Registry) -> None:
    whole = torch.arange(600.0).reshape(20, 30)
    numbers = torch.randn(4, 5, dtype=torch.complex64)
    tree = {
        "transposed": whole.t(),
        "column": whole[:, 3],
        "column of one": whole[:1, 3],
        "complex column of one": whole.to(torch.complex128)[:1, 3],
        "strided": whole[::3, ::2],
        "expanded": torch.tensor(2.5).expand(6, 7),
        "flipped": whole.flip(0)[1:],
        "conjugated": numbers.conj(),
        "negated": numbers.conj().imag,
    }
    loaded = returned(registry, tree)
    assert same(loaded, tree)
    assert all(tensor.is_contiguous() for tensor in loaded.values())


def test_large_views_are_copied_a_block_at_a_time(registry: Registry) -> None:
    large = torch.arange(12 << 20, dtype=torch.int32).reshape(3, 4 << 20)[:, : (4 << 20) - 1]
    assert same(returned(registry, large), large.contiguous())
    array = large.numpy()
    assert np.array_equal(returned(registry, {"a": array})["a"], array)


def test_tied_weights_are_stored_once_and_load_tied(registry: Registry) -> None:
    model = torch.nn.ModuleDict({"a": torch.nn.Linear(300, 300), "b": torch.nn.Linear(300, 300)})
    model["b"].weight = model["a"].weight
    saved = registry.save("m", model.state_dict())
    assert saved.plain < 1.1 * 300 * 300 * 4
    loaded = registry.load("m")
    loaded["a.weight"][0, 0] = 7
    assert loaded["b.weight"][0, 0] == 7
    tree = {"model": dict(model.named_parameters(remove_duplicate=False)), "again": model["a"].weight}
    registry.save("m", tree)
    loaded = registry.load("m")
    assert loaded["again"] is loaded["model"]["a.weight"] is loaded["model"]["b.weight"]
    assert type(loaded["again"]) is torch.nn.Parameter


def test_views_that_overlap_are_saved_apart(registry: Registry) -> None:
    whole = torch.arange(10)
    loaded = returned(registry, {"whole": whole, "front": whole[:5], "empty": whole[:0], "none": whole[5:5]})
    loaded["front"][0] = 9
    assert loaded["whole"][0] == 0
    assert loaded["empty"] is not loaded["none"]


class Labelled(torch.Tensor):
    pass


def freed() -> Any:
    tensor = torch.zeros(4)
    tensor.untyped_storage().resize_(0)
    return tensor


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: torch.empty(3, device="meta"), "meta"),
        (lambda: torch.eye(3).to_sparse(), "sparse_coo"),
        (lambda: torch.eye(3).to_sparse_csr(), "sparse_csr"),
        (lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8), "quantized"),
        (lambda: torch.ones(3).as_subclass(Labelled), "Labelled"),
        (lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]), "nested"),
        (freed, "freed"),
    ],
)
def test_what_is_no_plain_tensor_is_refused_by_name(registry: Registry, make: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=rf"at layers\.0\.w: .*{told}"):
        registry.save("t", {"layers": [{"w": make()}]})
    with pytest.raises(InvalidInput, match=f"at the top: .*{told}"):
        registry.save("t", make())
    assert registry.list_objects() == []


def test_tensors_are_no_keys(registry: Registry) -> None:
    for key in (torch.ones(1), (1, torch.ones(1))):
        with pytest.raises(InvalidInput):
            registry.save("t", {key: 1})


def test_a_module_is_refused_with_a_hint(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"state_dict\(\)"):
        registry.save("t", torch.nn.Linear(2, 2))


def test_numpy_arrays_of_the_same_numbers(registry: Registry) -> None:
    tree = {"w": torch.randn(3, 4, dtype=torch.complex128), "n": [torch.arange(3)], "s": 1}
    registry.save("t", tree)
    loaded = registry.load("t", as_numpy=True)
    assert same(loaded, {"w": tree["w"].numpy(), "n": [tree["n"][0].numpy()], "s": 1})


def test_only_takes_tensors_by_name(registry: Registry) -> None:
    tree = {"model": OrderedDict(w=torch.ones(3), b=torch.zeros(3)), "step": 1}
    registry.save("t", tree)
    assert same(registry.load("t", only="model.w"), {"model": OrderedDict(w=torch.ones(3))})
    assert same(registry.load("t", only="model"), {"model": tree["model"]})


def test_one_set_of_weights_is_stored_once_whatever_it_comes_in(registry: Registry, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(0)
    state = OrderedDict(
        {
            f"layers.{i}.weight": torch.randn(300, 500, dtype=t)
            for i, t in enumerate((torch.float32, torch.float16))
        }
    )
    save_file(state, tmp_path / "model.safetensors")
    torch.save(state, tmp_path / "model.pt")
    plain = registry.save("m", tmp_path / "model.safetensors").plain
    others = [
        tmp_path / "model.pt",
        state,
        {"layers": [{"weight": tensor} for tensor in state.values()]},
        {name: tensor.numpy() for name, tensor in state.items()},
    ]
    for same_weights in others:
        assert registry.save("m", same_weights).stored < 0.01 * plain
        with registry.open("m") as snapshot:
            assert set(snapshot) == set(state)


def test_the_next_state_is_a_delta_to_a_file(registry: Registry, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(0)
    state = {"w": torch.randn(400, 500).to(torch.bfloat16)}
    save_file(state, tmp_path / "model.safetensors")
    first = registry.save("m", tmp_path / "model.safetensors")
    state["w"][::20] *= 1.01
    assert registry.save("m", state).stored < 0.3 * first.stored
    assert same(registry.load("m"), state)


def test_sizes_dtypes_and_devices(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = {
        "shape": torch.Size([2, 0, 3]),
        "none": torch.Size([]),
        "dtype": [torch.bfloat16, torch.float8_e4m3fn],
        "device": (torch.device("cpu"), torch.device("cuda", 1)),
    }
    assert same(returned(registry, tree), tree)
    registry.save("t", tree)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(Unsupported, match="pip install torch"):
        registry.load("t")
    plain = {
        "shape": (2, 0, 3),
        "none": (),
        "dtype": ["bfloat16", "float8_e4m3fn"],
        "device": ("cpu", "cuda:1"),
    }
    assert registry.load("t", as_numpy=True) == plain


def test_without_torch_tensors_load_as_arrays_only(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.save("t", {"w": torch.ones(3)})
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(Unsupported, match="pip install torch, or load with as_numpy=True"):
        registry.load("t")
    assert np.array_equal(registry.load("t", as_numpy=True)["w"], np.ones(3))
