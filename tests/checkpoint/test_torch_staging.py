"""Copies of states of torch: bit for bit, tied where they were, in the memory of the copy before."""

from collections import OrderedDict
from typing import Any

import pytest
from with_torch import torch

from casreg import Registry
from casreg.checkpoint import Saver
from casreg.checkpoint.staging import Staging


def model() -> Any:
    torch.manual_seed(1)
    made = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.BatchNorm1d(6), torch.nn.Linear(6, 4))
    made[2].weight = torch.nn.Parameter(made[0].weight.t().contiguous())
    return made


def same(a: Any, b: Any) -> bool:
    """Equal in type, value and whether gradients are wanted."""
    return bool(
        type(a) is type(b)
        and (a.dtype, a.shape, a.requires_grad) == (b.dtype, b.shape, b.requires_grad)
        and torch.equal(a, b)
    )


@pytest.mark.parametrize(
    "name", ["float32", "bfloat16", "float8_e4m3fn", "float4_e2m1fn_x2", "bool", "uint16"]
)
def test_every_bit_is_copied(name: str) -> None:
    dtype = getattr(torch, name)
    raw = torch.randint(0, 2 if name == "bool" else 256, (64,), dtype=torch.uint8)
    copied = Staging().copy({"a": raw.view(dtype)})
    raw_copy = copied["a"].view(torch.uint8)
    assert torch.equal(raw_copy, raw)
    assert raw_copy.data_ptr() != raw.data_ptr()


def test_what_a_tensor_is_stays() -> None:
    numbers = torch.randn(3, 4, dtype=torch.complex64)
    state = {
        "parameter": torch.nn.Parameter(torch.randn(3)),
        "frozen": torch.nn.Parameter(torch.randn(3), requires_grad=False),
        "result": torch.randn(3, requires_grad=True) * 2,
        "transposed": torch.randn(4, 5).t(),
        "channels": torch.randn(1, 3, 4, 4).to(memory_format=torch.channels_last),
        "expanded": torch.tensor(2.0).expand(3, 3),
        "conjugated": numbers.conj(),
        "empty": torch.empty(0, 3),
    }
    copied = Staging().copy(state)
    for name, tensor in state.items():
        assert same(copied[name], tensor), name
    assert copied["channels"].is_contiguous(memory_format=torch.channels_last)


def test_the_memory_of_a_state_is_used_again_in_whatever_mode() -> None:
    staging, net = Staging(), model()
    with torch.inference_mode():
        first = {tensor.data_ptr() for tensor in staging.copy(net.state_dict()).values()}
    with torch.no_grad():
        net[0].bias += 1
    second = staging.copy(net.state_dict())
    assert {tensor.data_ptr() for tensor in second.values()} == first
    assert torch.equal(second["0.bias"], net[0].bias)
    assert type(second) is OrderedDict
    assert second._metadata == net.state_dict()._metadata


def test_tied_weights_are_copied_once_and_stay_tied(registry: Registry) -> None:
    net = torch.nn.ModuleDict({"in": torch.nn.Embedding(40, 30), "out": torch.nn.Linear(30, 40)})
    net["out"].weight = net["in"].weight
    with Saver(registry, "run") as saver:
        saver.save(1, net.state_dict())
        saver.save(2, dict(net.named_parameters(remove_duplicate=False)))
        for step in (1, 2):
            state = saver.restore(step).state
            assert state["in.weight"].data_ptr() == state["out.weight"].data_ptr()
            assert torch.equal(state["in.weight"], net["in"].weight)


def test_training_may_go_on_as_soon_as_save_has_returned(gate: Any, gated: Registry) -> None:
    net = model()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)

    def update() -> None:
        net(torch.randn(8, 4)).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()

    update()
    before = [tensor.clone() for tensor in net.state_dict().values()]
    moments = optimizer.state_dict()["state"][0]["exp_avg"].clone()
    large = torch.randn(10_000)  # so that the save stops at the gate
    with Saver(gated, "run") as saver:
        gate.opened.clear()
        saver.save(1, {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "large": large})
        update()
        assert gate.reached.wait(60)
        gate.opened.set()
        state = saver.restore().state
    assert all(map(torch.equal, state["model"].values(), before))
    assert torch.equal(state["optimizer"]["state"][0]["exp_avg"], moments)
    assert not torch.equal(next(iter(state["model"].values())), net[0].weight)


def test_a_loss_is_a_metric_as_it_comes(registry: Registry) -> None:
    with Saver(registry, "run") as saver:
        saver.save(1, None, metrics={"loss": model()(torch.ones(2, 4)).square().mean() * 0 + 0.5})
        assert saver.restore().metrics == {"loss": 0.5}


def test_a_model_that_is_there_is_filled(registry: Registry) -> None:
    net = model()
    with Saver(registry, "run") as saver:
        saver.save(1, {"model": net.state_dict(), "step": 1})
        saved = [tensor.clone() for tensor in net.state_dict().values()]
        with torch.no_grad():
            for tensor in net.parameters():
                tensor.zero_()
        saver.restore(into={"model": net.state_dict()}, only="model.*")
    assert all(map(torch.equal, net.state_dict().values(), saved))
