"""torch tensors as bytes and back: the only file that imports torch.

It is imported when a version holds torch tensors that are to be loaded; saving finds it imported, or there
are none to save.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any, Final

from casreg import arrays
from casreg.errors import Corrupt, InvalidInput, Unsupported
from casreg.parts import Elements
from casreg.tensors import Form, Tensor

if TYPE_CHECKING:
    import torch

_WORDS: Final = {
    "bool": "BOOL",
    "uint8": "U8",
    "int8": "I8",
    "uint16": "U16",
    "int16": "I16",
    "uint32": "U32",
    "int32": "I32",
    "uint64": "U64",
    "int64": "I64",
    "float16": "F16",
    "bfloat16": "BF16",
    "float32": "F32",
    "float64": "F64",
    "complex64": "C64",
    "float8_e5m2": "F8_E5M2",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e8m0fnu": "F8_E8M0",
    "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "float8_e4m3fnuz": "F8_E4M3FNUZ",
}
_NAMES: Final = {word: name for name, word in _WORDS.items()}
_VIEWED: Final = {"complex32": "float16", "complex128": "float64", "float4_e2m1fn_x2": "uint8"}
"""Dtypes that safetensors has no word for, by what their memory is kept as: a complex number as two floats
along a last dimension more, a pair of floats of four bits as a byte."""
_PLAIN: Final = (("torch", "Tensor"), ("torch.nn.parameter", "Parameter"))


def is_tensor(obj: object) -> bool:
    """Whether ``obj`` is a torch tensor, of a subclass too; torch is not imported for it."""
    base = getattr(sys.modules.get("torch"), "Tensor", None)
    return isinstance(base, type) and isinstance(obj, base)


def is_no_integer(index: Any) -> bool:
    """Whether ``index`` is a tensor that Python takes for an integer and torch does not."""
    return is_tensor(index) and (index.ndim > 0 or dtype_name(index) == "bool")


def is_parameter(tensor: torch.Tensor) -> bool:
    return type(tensor).__name__ == "Parameter"


def require_plain(tensor: torch.Tensor, at: str) -> None:
    """Raise InvalidInput for a tensor that is more, or less, than a dtype, a shape and so many numbers."""
    if strange := _strange(tensor):
        reason, instead = strange
        raise InvalidInput(f"at {at or 'the top'}: {reason}, which casreg does not keep: {instead}", at=at)


def _strange(tensor: torch.Tensor) -> tuple[str, str] | None:
    """What it is, and what to do about it."""
    cls = type(tensor)
    if (cls.__module__, cls.__name__) not in _PLAIN:
        what = f"a tensor of class {cls.__module__}.{cls.__qualname__}"
        return what, "give its as_subclass(torch.Tensor), if it has data of its own"
    if tensor.is_nested:
        return "a nested tensor", "give its unbind()"
    if tensor.is_quantized:
        return "a quantized tensor", "give its int_repr(), scale and zero point, or its dequantize()"
    if tensor.layout != sys.modules["torch"].strided:
        return f"a tensor of layout {tensor.layout}", "give its to_dense(), or its indices() and values()"
    if tensor.device.type == "meta":
        return "a tensor on the device meta, without data", "give it data, or leave it out"
    name = dtype_name(tensor)
    if name not in _WORDS and name not in _VIEWED:
        return f"a tensor of dtype {tensor.dtype}", "give its view(torch.uint8), or another dtype"
    if tensor.numel() and not tensor.untyped_storage().nbytes():
        return "a tensor whose storage was freed", "give it data again, or leave it out"
    return None


def dtype_name(tensor: torch.Tensor) -> str:
    """``float32``, ``bfloat16``, ..."""
    return str(tensor.dtype).removeprefix("torch.")


def viewed(tensor: torch.Tensor) -> str | None:
    """The name of the tensor's dtype if it is kept as another one: ``complex128``."""
    name = dtype_name(tensor)
    return name if name in _VIEWED else None


def identity(tensor: torch.Tensor) -> Hashable:
    """Equal for tensors that are the same elements of the same memory: tied weights."""
    storage = tensor.untyped_storage()
    if not storage.nbytes():
        return id(tensor)
    where = (str(tensor.device), storage.data_ptr(), tensor.storage_offset())
    return (*where, tuple(tensor.shape), tensor.stride(), tensor.dtype, tensor.is_conj(), tensor.is_neg())


def elements(tensor: torch.Tensor) -> Elements:
    """The tensor's bytes over its own memory; from another device, or another order, a block at a time."""
    kept, name = _as_kept(tensor.detach()), dtype_name(tensor)
    word = _WORDS[_VIEWED.get(name, name)]
    size = kept.numel() * kept.element_size()

    def buffers() -> Iterator[memoryview]:
        if size:
            for block in arrays.blocks(kept, size) if not _is_flat(kept) else [kept]:
                yield as_bytes(block.resolve_conj().resolve_neg().cpu().contiguous())

    return Elements(word, tuple(kept.shape), size, buffers)


def _as_kept(tensor: torch.Tensor) -> torch.Tensor:
    kept = _VIEWED.get(dtype_name(tensor))
    if kept is None:
        return tensor
    torch = sys.modules["torch"]
    return tensor.view(torch.uint8) if kept == "uint8" else torch.view_as_real(tensor.resolve_conj())


def _is_flat(tensor: torch.Tensor) -> bool:
    """Whether its bytes can be taken as they lie."""
    changed = tensor.is_conj() or tensor.is_neg()
    return tensor.device.type == "cpu" and tensor.is_contiguous() and not changed


def empty(tensor: Tensor) -> torch.Tensor:
    """An uninitialised tensor on the CPU. Raises Corrupt if shape and size contradict each other,
    Unsupported without torch or where it has no such dtype, MemoryError for a large one."""
    torch = library(f"tensor {tensor.name[:120]!r}")
    dtype = getattr(torch, _NAMES.get(tensor.dtype, ""), None)
    if dtype is None:
        raise Unsupported(
            f"tensor {tensor.name[:120]!r} is of dtype {tensor.dtype[:40]!r}, which torch has not",
            tensor=tensor.name,
        )
    arrays.require_size(tensor)
    try:
        return torch.empty(tensor.shape, dtype=dtype, device="cpu")
    except (RuntimeError, TypeError, OverflowError) as error:
        if tensor.size:
            raise MemoryError(str(error)) from error
        raise Corrupt(f"there is no tensor of shape {tensor.shape[:8]}") from error


def form(tensor: torch.Tensor) -> Form:
    """What its elements are."""
    name = dtype_name(tensor)
    kept = _VIEWED.get(name)
    pairs = (2,) if kept and name.startswith("complex") else ()
    word = _WORDS.get(kept or name, name)
    return Form(word, (*tensor.shape, *pairs), name if kept else None)


def unwritable(tensor: torch.Tensor) -> str | None:
    """Why it cannot be filled."""
    if strange := _strange(tensor):
        return strange[0]
    expanded = any(n > 1 and not stride for n, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return "expanded: several elements are one" if expanded else None


def memory(tensor: torch.Tensor) -> memoryview | None:
    """The tensor's own memory, None unless it lies in C order on the CPU. To autograd it has changed."""
    if not _is_flat(tensor):
        return None
    noted = getattr(sys.modules["torch"].autograd.graph, "increment_version", None)  # not in older ones
    if noted and not tensor.is_inference():
        noted(tensor)
    return as_bytes(_as_kept(tensor.detach()))


def assign(tensor: torch.Tensor, kept: torch.Tensor) -> None:
    """Give ``tensor`` the elements that are kept as ``kept``. Raises InvalidInput if torch refuses."""
    name = dtype_name(tensor)
    try:
        tensor.detach().copy_(_as_was(kept, name) if name in _VIEWED else kept)
    except RuntimeError as error:
        raise InvalidInput(f"into= cannot be filled: {str(error)[:200]}") from error


def every(tensor: torch.Tensor, step: int) -> torch.Tensor:
    """Rows of a tensor, a copy; from the last one on if ``step`` is negative."""
    return (tensor if step > 0 else tensor.flip(0))[:: abs(step)].clone()


def as_bytes(tensor: torch.Tensor) -> memoryview:
    """The tensor's own memory; it must be contiguous and on the CPU."""
    flat = tensor.detach().as_strided((tensor.numel(),), (1,))  # an axis of one element has any stride
    return memoryview(flat.view(sys.modules["torch"].uint8).numpy().data)


def finished(
    tensor: torch.Tensor, *, dtype: str | None, requires_grad: bool, parameter: bool
) -> torch.Tensor:
    """The tensor as it was saved, over the memory of the one that is kept.

    Raises Corrupt where that cannot be.
    """
    torch = library("a tensor")
    try:
        if dtype is not None:
            tensor = _as_was(tensor, dtype)
        if parameter:
            return torch.nn.Parameter(tensor, requires_grad=requires_grad)
        return tensor.detach().requires_grad_() if requires_grad else tensor
    except RuntimeError as error:
        raise Corrupt(f"a tensor cannot be made as it is described: {str(error)[:200]}") from error


def _as_was(tensor: torch.Tensor, dtype: str) -> torch.Tensor:
    torch = library("a tensor")
    if _VIEWED.get(dtype) != dtype_name(tensor):
        raise Corrupt(f"a tensor of dtype {dtype[:40]!r} is not kept as {tensor.dtype}")
    if dtype.startswith("complex"):
        return torch.view_as_complex(tensor)
    return tensor.view(getattr(torch, dtype))


def library(what: str) -> Any:
    """torch itself, for ``what``. Raises Unsupported without it."""
    try:
        import torch
    except ImportError as error:
        raise Unsupported(
            f"{what} is torch's, which is not installed: pip install torch, or load with as_numpy=True"
        ) from error
    return torch
