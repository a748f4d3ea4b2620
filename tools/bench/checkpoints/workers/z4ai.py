"""z4ai: its forms for safetensors, which know the tensors; those for bytes, told the dtype, for the rest."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version as installed

import z4ai
from z4ai import model_delta, safetensors

from tools.bench.checkpoints.workers.chain import About, serve_chain

_DTYPES = {"float32": "fp32", "bfloat16": "bf16"}


def compress(data: bytes, before: bytes | None, about: About) -> bytes:
    tensors, dtype = _is_safetensors(about), _DTYPES[about.dtype]
    if before is None:
        return safetensors.compress_bytes(data) if tensors else z4ai.compress(data, dtype=dtype)
    return model_delta.compress(data, before) if tensors else z4ai.compress_delta(data, before, dtype=dtype)


def decompress(data: bytes, before: bytes | None, about: About) -> bytes:
    if before is None:
        return safetensors.decompress_bytes(data) if _is_safetensors(about) else z4ai.decompress(data)
    delta = model_delta.decompress if _is_safetensors(about) else z4ai.decompress_delta
    return delta(data, before)


def _is_safetensors(about: About) -> bool:
    return about.name.endswith(".safetensors")


if __name__ == "__main__":
    serve_chain(lambda: installed("z4ai"), compress, decompress, delta=json.loads(sys.argv[1])["delta"])
