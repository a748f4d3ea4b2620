"""``into=`` with torch: a model's own memory is filled."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import save_file
from with_torch import torch

from casreg import InvalidInput, Registry


def made(seed: int) -> Any:
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(300, 90), torch.nn.BatchNorm1d(90), torch.nn.Linear(90, 5))


def equal(one: Any, other: Any) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_a_model_is_changed_by_a_load_into_its_state(registry: Registry) -> None:
    model, other = made(0), made(1)
    before = [parameter.data_ptr() for parameter in other.parameters()]
    registry.save("m", model.state_dict())
    loaded = registry.load("m", into=other.state_dict())
    assert equal(model, other)
    assert [parameter.data_ptr() for parameter in other.parameters()] == before
    assert loaded._metadata == model.state_dict()._metadata


@pytest.mark.parametrize("container", ["safetensors", "pt", "nested"])
def test_a_model_is_filled_from_any_container(registry: Registry, tmp_path: Path, container: str) -> None:
    model, other = made(0), made(1)
    state: Any = model.state_dict()
    into: Any = other.state_dict()
    if container == "safetensors":
        save_file(state, tmp_path / "model")
    else:
        nested = container == "nested"
        torch.save({"model": state, "step": 3} if nested else state, tmp_path / "model")
        into = {"model": into} if nested else into
    registry.save("m", tmp_path / "model")
    assert registry.load("m", into=into) is into
    assert equal(model, other)


def test_parameters_of_a_model_are_filled_themselves(registry: Registry) -> None:
    model, other = made(0), made(1)
    registry.save("m", dict(model.named_parameters()))
    registry.load("m", into=dict(other.named_parameters()))
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))
    assert all(parameter.requires_grad and parameter.is_leaf for parameter in other.parameters())


def test_tensors_in_another_order_are_filled(registry: Registry) -> None:
    tensor = torch.randn(20, 30)
    numbers = torch.randn(5, dtype=torch.complex128)
    registry.save("m", {"w": tensor, "c": numbers, "e": torch.zeros(0)})
    wide = torch.zeros(40, 60)
    for into in (wide[::2, ::2], torch.zeros(30, 20).t(), torch.zeros(20, 30, requires_grad=True)):
        for complex_into in (torch.zeros(5, 2, dtype=torch.complex128)[:, 0], numbers.clone().zero_().conj()):
            registry.load("m", into={"w": into, "c": complex_into, "e": torch.zeros(0)})
            assert torch.equal(into, tensor)
            assert torch.equal(complex_into, numbers)


def test_one_element_of_a_column_is_filled(registry: Registry) -> None:
    registry.save("m", {"w": torch.ones(1)})
    whole = torch.zeros(3, 4)
    registry.load("m", into={"w": whole[:1, 2]})
    assert whole[0, 2] == whole.sum() == 1


def test_arrays_and_tensors_fill_each_other(registry: Registry) -> None:
    registry.save("t", {"w": torch.ones(3), "c": torch.ones(2, dtype=torch.complex128)})
    registry.save("a", {"w": np.ones(3, "f4"), "c": np.ones(2, "c16"), "s": np.ones(2, "S3")})
    arrays = {"w": np.zeros(3, "f4"), "c": np.zeros(2, "c16")}
    registry.load("t", into=arrays)
    assert arrays["w"].sum() == 3
    assert arrays["c"].sum() == 2
    tensors = {"w": torch.zeros(3), "c": torch.zeros(2, dtype=torch.complex128)}
    registry.load("a", only=["w", "c"], into=tensors)
    assert tensors["w"].sum() == 3
    assert tensors["c"].sum() == 2
    with pytest.raises(InvalidInput, match=r"s is .*S3"):
        registry.load("a", only="s", into={"s": torch.zeros(2)})
    registry.save("one", np.ones((2, 3)))
    one = torch.zeros(2, 3, dtype=torch.float64)
    assert registry.load("one", into=one) is one
    assert one.sum() == 6


def test_tied_weights_fill_what_is_tied_and_what_is_not(registry: Registry) -> None:
    weight = torch.randn(4, 4)
    registry.save("m", {"a": weight, "b": weight})
    tied, a, b = torch.zeros(4, 4), torch.zeros(4, 4), torch.zeros(4, 4)
    registry.load("m", into={"a": tied, "b": tied})
    registry.load("m", into={"a": a, "b": b})
    assert all(torch.equal(tensor, weight) for tensor in (tied, a, b))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: torch.zeros(3, 2), r"w is F32 \(2, 3\), into= is F32 \(3, 2\)"),
        (lambda: torch.zeros(2, 3, dtype=torch.float16), r"w is F32 \(2, 3\), into= is F16"),
        (lambda: torch.empty(2, 3, device="meta"), "w is a tensor on the device meta"),
        (lambda: torch.zeros(1, 3).expand(2, 3), "w is expanded"),
        (lambda: torch.zeros(2, 3).to_sparse(), "w is a tensor of layout"),
        (lambda: 7, "for w, not int"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(registry: Registry, wrong: Any, told: str) -> None:
    registry.save("m", {"a": torch.ones(4), "w": torch.ones(2, 3)})
    first = torch.zeros(4)
    with pytest.raises(InvalidInput, match=told):
        registry.load("m", into={"a": first, "w": wrong()})
    assert first.sum() == 0


def test_autograd_knows_that_a_tensor_was_filled(registry: Registry) -> None:
    weight = torch.ones(3, requires_grad=True)
    registry.save("m", {"w": weight})
    result = (weight * weight).sum()
    registry.load("m", into={"w": weight})
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        result.backward()


CHILD = r"""
import pathlib, re, sys
import torch
from casreg import Registry
target = {"w": torch.ones(96 << 18)}  # zeros would not be in memory yet
def peak():  # of this program: ru_maxrss begins with that of the one which started it
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1]) << 10
with Registry(sys.argv[1], memory=64 << 20) as registry:
    registry.load("small")
    before = peak()
    registry.load("m", into=target)
    print(peak() - before, float(target["w"].sum()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc/self/status")
def test_no_second_copy_is_made(on_disk: Registry, tmp_path: Path) -> None:
    tensor = torch.rand(96 << 18)
    on_disk.save("m", {"w": tensor})
    on_disk.save("small", {"w": tensor[:1000]})
    run = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path / "store")],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    grown, total = run.stdout.split()
    assert float(total) == float(tensor.sum())
    assert int(grown) < 32 << 20
