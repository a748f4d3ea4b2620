"""Whole versions: the way from the ref on, through the materializer, to the object."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np

from casreg.errors import Corrupt, InvalidInput, NotFound, Unsafe, Unsupported
from casreg.registry.differences import keys
from casreg.registry.differences.values import parsed
from casreg.tensors import Tensor
from tools.fuzz import objects, trees
from tools.fuzz.loading import load
from tools.fuzz.target import Target


def _loaded(kind: str, path: str) -> Callable[[bytes], object]:
    def parse(data: bytes) -> None:
        tensor = np.arange(6, dtype="<f4").tobytes()
        parts = {path: data}
        if kind == "tree":
            parts |= {"arrays.safetensors": tensor, "arrays/0.npy": _NPY}
        tensors = [(1, Tensor("w", "F32", (2, 3), 0, 24))] if kind == "tree" else ()
        load(parts, kind, tensors, as_numpy=True)

    return parse


def _values(data: bytes) -> None:
    values = parsed(data)
    assert not keys.compared(values, values)
    assert len(keys.compared({}, values).added) == len(values)


def _npy(values: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


_LOADING = (Corrupt, InvalidInput, NotFound, Unsafe, Unsupported)
_NPY = _npy(np.arange(3, dtype=">i2"))
TARGETS = (
    Target(
        "npy",
        _loaded("array", "array.npy"),
        (_NPY, _npy(np.zeros(2, [("a", "<f4"), ("b", "S3", (2,))]))),
        (Corrupt, Unsafe),
    ),
    Target("tree", _loaded("tree", "value.json"), trees.SEEDS, _LOADING),
    Target("tree, its values", _values, trees.SEEDS, (Corrupt, InvalidInput)),
    *(Target(found.name, found.load, (found.seed,), _LOADING) for found in objects.changing()),
)
