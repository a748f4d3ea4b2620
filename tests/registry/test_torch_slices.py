"""Tensors by index, as torch gives them."""

import pytest
from with_torch import torch

from casreg import Registry


def bits(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous().view(torch.uint8)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn, torch.bool, torch.complex64])
def test_torch_gives_the_dtypes_that_numpy_has_not(registry: Registry, dtype: torch.dtype) -> None:
    tensor = torch.randint(0, 2, (20, 3, 5)).to(dtype)
    registry.save("m", {"w": tensor})
    with registry.open("m") as snapshot:
        lazy = snapshot.tensors["w"]
        for index in (
            0,
            -3,
            slice(5, 9),
            slice(None, None, 4),
            (slice(3, 7), slice(None), 2),
            ...,
            (2, 1),
        ):
            found = lazy.torch(index)
            assert found.dtype == dtype
            assert torch.equal(bits(found), bits(tensor[index]))


def test_indices_that_are_tensors_are_torchs(registry: Registry) -> None:
    tensor = torch.arange(20).reshape(10, 2)
    registry.save("m", {"w": tensor})
    with registry.open("m") as snapshot:
        lazy = snapshot.tensors["w"]
        for index in (2, -1, [3], [1, 2], True, False, [True, False] * 5):
            found = lazy.torch(torch.tensor(index))
            assert found.shape == tensor[torch.tensor(index)].shape
            assert torch.equal(found, tensor[torch.tensor(index)])


def test_a_step_may_go_backwards(registry: Registry) -> None:
    tensor = torch.arange(20).reshape(10, 2)
    registry.save("m", {"w": tensor})
    with registry.open("m") as snapshot:
        assert torch.equal(snapshot.tensors["w"].torch(slice(8, 1, -3)), tensor.flip(0)[1:8:3])
