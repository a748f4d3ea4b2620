"""numpy arrays as bytes and back, by the words that safetensors uses for dtypes.

numpy is imported when the first array is touched, not before.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

from casreg.errors import Corrupt, Unsupported
from casreg.tensors import Tensor

if TYPE_CHECKING:
    import numpy as np

WORDS: Final = {
    "BOOL": "|b1",
    "U8": "|u1",
    "I8": "|i1",
    "U16": "<u2",
    "I16": "<i2",
    "F16": "<f2",
    "U32": "<u4",
    "I32": "<i4",
    "F32": "<f4",
    "U64": "<u8",
    "I64": "<i8",
    "F64": "<f8",
    "C64": "<c8",
}
"""numpy's names for safetensors' words. Words of numpy's future (BF16, F8_E4M3, ...) have none."""
_BY_NUMPY: Final = {numpy: word for word, numpy in WORDS.items()}


def word(dtype: np.dtype) -> str | None:
    """The safetensors word of a dtype, None where there is none."""
    return _BY_NUMPY.get(dtype.str)


def dtype(tensor: Tensor) -> np.dtype:
    """numpy's dtype for a tensor. Raises Unsupported where numpy has none."""
    import numpy as np

    if tensor.dtype not in WORDS:
        raise Unsupported(
            f"tensor {tensor.name[:120]!r} is of dtype {tensor.dtype[:40]!r}, which numpy has not",
            tensor=tensor.name,
        )
    return np.dtype(WORDS[tensor.dtype])


def empty(tensor: Tensor) -> np.ndarray:
    """An uninitialised array for a tensor. Raises Corrupt if shape and size contradict each other."""
    described = dtype(tensor)
    if math.prod(tensor.shape) * described.itemsize != tensor.size:
        raise Corrupt(
            f"tensor {tensor.name[:120]!r} of shape {str(tensor.shape)[:120]} cannot have {tensor.size} bytes"
        )
    return allocate(tensor.shape, described)


def allocate(shape: tuple[int, ...], dtype: np.dtype, order: Literal["C", "F"] = "C") -> np.ndarray:
    """An uninitialised array. Raises Corrupt for a shape that no array has, MemoryError for a large one."""
    import numpy as np

    try:
        return np.empty(shape, dtype, order)
    except (ValueError, OverflowError) as error:
        raise Corrupt(f"there is no array of shape {shape[:8]}: {error}") from error


def as_bytes(array: np.ndarray) -> memoryview:
    """The array's own memory, in the order in which it lies; the array must be contiguous."""
    import numpy as np

    flat = array.reshape(-1, order="C" if array.flags.c_contiguous else "F")
    return memoryview(flat.view(np.uint8).data)
