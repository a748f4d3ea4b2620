"""What torch writes, where it is installed."""

import io

from looking import contents, found
from with_torch import torch

DTYPES = {
    "float32": "F32",
    "float64": "F64",
    "float16": "F16",
    "bfloat16": "BF16",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint8": "U8",
    "bool": "BOOL",
    "complex64": "C64",
    "uint16": "U16",
    "uint32": "U32",
    "uint64": "U64",
    "float8_e5m2": "F8_E5M2",
    "float8_e4m3fn": "F8_E4M3",
}


def saved(value: object) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream)
    return stream.getvalue()


def raw(tensor: object) -> bytes:
    return (
        bytes(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy()) if tensor.numel() else b""
    )


def matches(data: bytes, tensors: dict) -> bool:
    words = {name: DTYPES[str(t.dtype).removeprefix("torch.")] for name, t in tensors.items()}
    expected = {name: (words[name], tuple(t.shape), raw(t)) for name, t in tensors.items()}
    return contents(found(data), data) == expected


def test_every_dtype():
    tensors = {name: torch.arange(16).reshape(4, 4).to(getattr(torch, name)) for name in DTYPES}
    assert matches(saved(tensors), tensors)


def test_a_training_checkpoint_and_a_whole_module():
    model = torch.nn.Sequential(torch.nn.Linear(30, 20), torch.nn.BatchNorm1d(20))
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.randn(4, 30)).sum().backward()
    optimizer.step()
    state = {
        f"optimizer.state.{i}.{k}": t
        for i, s in optimizer.state_dict()["state"].items()
        for k, t in s.items()
    }
    weights = model.state_dict()
    data = saved({"model": weights, "optimizer": optimizer.state_dict(), "epoch": 3})
    assert matches(data, {f"model.{k}": t for k, t in weights.items()} | state)
    assert matches(saved(model), dict(weights))


def test_views_and_tied_weights():
    whole = torch.arange(24.0).reshape(6, 4)
    tied = torch.nn.Parameter(torch.randn(3))
    tied.attribute = 1
    kept = {
        "whole": whole,
        "again": whole,
        "rows": whole[2:4],
        "tied": tied,
        "empty": whole[:0],
        "one": whole[5, 3],
    }
    left_out = {
        "transposed": whole.t(),
        "column": whole[:, 1],
        "conj": torch.randn(3, dtype=torch.complex64).conj(),
    }
    assert matches(saved(kept | left_out), kept)
