"""Weights as the benchmark reads, rounds and writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from tools.bench import weights
from tools.bench.weights import Tensor


@pytest.mark.parametrize(
    ("bits", "rounded"),
    [
        (0x3F800000, 0x3F80),  # 1.0 stays
        (0x3F808000, 0x3F80),  # half way: to the even one, below
        (0x3F818000, 0x3F82),  # half way: to the even one, above
        (0x3F808001, 0x3F81),  # just above half
        (0xBF80FFFF, 0xBF81),  # the sign does not matter
        (0x7F7FFFFF, 0x7F80),  # the largest number becomes infinity
    ],
)
def test_bf16_is_rounded_to_nearest_ties_to_even(bits: int, rounded: int) -> None:
    assert weights.bf16(np.array([bits], "<u4")).tolist() == [rounded]


def test_what_is_written_is_read_back_by_us_and_by_safetensors(tmp_path: Path) -> None:
    tensors = [
        Tensor("b", "F32", (2, 3), np.arange(6, dtype="<f4").view("<u4")),
        Tensor("a", "BF16", (5,), np.arange(5, dtype="<u2")),
        Tensor("ids", "I64", (1,), np.arange(8, dtype="u1")),
    ]
    path = weights.write(tmp_path / "file", tensors)
    for found, wrote in zip(weights.read(path), tensors, strict=True):
        assert (found.name, found.dtype, found.shape) == (wrote.name, wrote.dtype, wrote.shape)
        assert np.array_equal(found.data, wrote.data)
    with safe_open(path, "numpy") as file:
        assert file.get_tensor("b").tolist() == [[0, 1, 2], [3, 4, 5]]
        assert file.get_slice("a").get_shape() == [5]


def test_only_fp32_tensors_are_halved() -> None:
    ids = Tensor("ids", "I64", (1,), np.arange(8, dtype="u1"))
    assert weights.halved(ids) is ids
    half = weights.halved(Tensor("w", "F32", (2,), np.ones(2, "<f4").view("<u4")))
    assert (half.dtype, half.data.tolist()) == ("BF16", [0x3F80, 0x3F80])
