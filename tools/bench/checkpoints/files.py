"""The files of a checkpoint, and how arrays become them; without torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tools.bench import weights
from tools.bench.weights import Tensor

WEIGHTS, HALVES = "weights.safetensors", "weights-bf16.safetensors"
ADAM, COMBINED = "adam.safetensors", "combined.pt"
ALL = (WEIGHTS, HALVES, ADAM, COMBINED)

_DTYPES = {np.dtype("<f4"): ("F32", "<u4"), np.dtype("<i8"): ("I64", "<u8")}
"""As safetensors words them, and the integers of their width."""


def write_weights(folder: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """The weights as they are, and again with fp32 rounded to bf16."""
    tensors = _tensors(arrays)
    weights.write(folder / WEIGHTS, tensors)
    weights.write(folder / HALVES, [weights.halved(tensor) for tensor in tensors])


def write_adam(folder: Path, state: Mapping[str, Mapping[str, np.ndarray]], step: int) -> None:
    """What AdamW keeps for each parameter, ``exp_avg`` and ``exp_avg_sq``, and the ``step`` of all."""
    arrays = {
        f"{kind}.{name}": one[kind] for name, one in state.items() for kind in ("exp_avg", "exp_avg_sq")
    }
    weights.write(folder / ADAM, _tensors({**arrays, "step": np.array(step, "<f4")}))


def _tensors(arrays: Mapping[str, np.ndarray]) -> list[Tensor]:
    """In the order that safetensors' own writer gives them: wide elements first, then by name."""
    ordered = sorted(arrays.items(), key=lambda item: (-item[1].itemsize, item[0]))
    return [_tensor(name, array) for name, array in ordered]


def _tensor(name: str, array: np.ndarray) -> Tensor:
    word, bits = _DTYPES[array.dtype]
    return Tensor(name, word, array.shape, array.reshape(-1).view(bits))
