"""numpy arrays as bytes and back, by the words that safetensors uses for dtypes.

numpy is imported when the first array is touched, not before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, Literal

from casreg.errors import Corrupt, Unsupported
from casreg.parts import Elements
from casreg.tensors import ELEMENT_SIZES, Form, Tensor

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
"""numpy's names for safetensors' words."""
_BY_NUMPY: Final = {numpy: word for word, numpy in WORDS.items()}
_ML_DTYPES: Final = {
    "BF16": "bfloat16",
    "F8_E5M2": "float8_e5m2",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E8M0": "float8_e8m0fnu",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
}
"""Names of the package ml_dtypes for words that numpy has not."""
BY_ML_DTYPES: Final = {name: word for word, name in _ML_DTYPES.items()}
_BLOCK: Final = 16 << 20


def is_array(obj: object) -> bool:
    """Whether ``obj`` is a plain numpy array (or a memory-mapped one); numpy is not imported for it."""
    cls = type(obj)
    return cls.__module__ == "numpy" and cls.__name__ in ("ndarray", "memmap")


def form(array: np.ndarray) -> Form:
    """What its elements are."""
    return form_of(array.dtype, array.shape)


def form_of(dtype: np.dtype, shape: tuple[int, ...]) -> Form:
    if dtype.str == "<c16":
        return Form("F64", (*shape, 2), "complex128")
    return Form(word(dtype) or str(dtype), shape)


def unwritable(array: np.ndarray) -> str | None:
    """Why it cannot be filled."""
    return None if array.flags.writeable else "read-only"


def memory(array: np.ndarray) -> memoryview | None:
    """The array's own memory, None unless it lies in C order."""
    return as_bytes(array) if array.flags.c_contiguous else None


def assign(array: np.ndarray, kept: np.ndarray) -> None:
    """Give ``array`` the elements that are kept as ``kept``."""
    array[...] = viewed(kept, "complex128") if kept.shape != array.shape else kept


@lru_cache(maxsize=256)  # numpy writes out the description anew whenever it is asked for
def word(dtype: np.dtype) -> str | None:
    """The safetensors word of a dtype, None where there is none, as for numbers that have fields, too."""
    if is_foreign(dtype):
        return BY_ML_DTYPES.get(dtype.name) if dtype.isnative else None
    return _BY_NUMPY.get(dtype.str) if dtype.names is None else None


def is_foreign(dtype: np.dtype) -> bool:
    """Whether a dtype is not numpy's own, but one of ml_dtypes: ``.npy`` has no description of it."""
    return dtype.type.__module__.partition(".")[0] == "ml_dtypes"


def dtype(tensor: Tensor) -> np.dtype:
    """numpy's dtype for a tensor, that of ml_dtypes where it has none. Raises Unsupported without."""
    import numpy as np

    if tensor.dtype in WORDS:
        return np.dtype(WORDS[tensor.dtype])
    message = f"tensor {tensor.name[:120]!r} is of dtype {tensor.dtype[:40]!r}, which numpy has not"
    if tensor.dtype not in _ML_DTYPES:
        raise Unsupported(message, tensor=tensor.name)
    try:
        import ml_dtypes
    except ImportError as error:
        raise Unsupported(
            f"{message}: pip install ml_dtypes, or read it as a torch tensor: snapshot.tensors[name].torch()",
            tensor=tensor.name,
        ) from error
    found: np.dtype = np.dtype(getattr(ml_dtypes, _ML_DTYPES[tensor.dtype]))
    return found


def empty(tensor: Tensor) -> np.ndarray:
    """An uninitialised array for a tensor. Raises Corrupt if shape and size contradict each other."""
    described = dtype(tensor)
    require_size(tensor)
    return allocate(tensor.shape, described)


def require_size(tensor: Tensor) -> None:
    """Raise Corrupt if shape and size of a tensor, whose word is known, contradict each other."""
    if math.prod(tensor.shape) * ELEMENT_SIZES.get(tensor.dtype, 0) != tensor.size:
        raise Corrupt(
            f"tensor {tensor.name[:120]!r} of shape {str(tensor.shape)[:120]} cannot have {tensor.size} bytes"
        )


def allocate(shape: tuple[int, ...], dtype: np.dtype, order: Literal["C", "F"] = "C") -> np.ndarray:
    """An uninitialised array. Raises Corrupt for a shape that no array has, MemoryError for a large one."""
    import numpy as np

    try:
        return np.empty(shape, dtype, order)
    except (ValueError, OverflowError) as error:
        raise Corrupt(f"there is no array of shape {shape[:8]}: {error}") from error


def elements(array: np.ndarray, word: str) -> Elements:
    """The array's bytes over its own memory, if it lies in C order; else of a copy, a block at a time."""
    return Elements(word, array.shape, array.nbytes, partial(in_c_order, array))


def in_c_order(array: np.ndarray) -> Iterator[memoryview]:
    """The array's bytes in C order, copied a block at a time unless it lies so."""
    import numpy as np

    if array.nbytes:
        for block in [array] if array.flags.c_contiguous else blocks(array, array.nbytes):
            yield as_bytes(np.ascontiguousarray(block))


def blocks(array: Any, size: int) -> Iterator[Any]:
    """Views of an array of ``size`` bytes, of whatever library, which end to end are the array in C order:
    of 16 MiB at most, as far as elements are not larger."""
    if size <= _BLOCK or not array.ndim:
        yield array
        return
    count = array.shape[0]
    rows = _BLOCK * count // size
    if rows or array.ndim == 1:
        for start in range(0, count, rows or 1):
            yield array[start : start + (rows or 1)]
    else:
        for row in range(count):
            yield from blocks(array[row], size // count)


def every(array: np.ndarray, step: int) -> np.ndarray:
    """Rows of an array, a copy; from the last one on if ``step`` is negative."""
    return array[::step].copy()


def viewed(array: np.ndarray, dtype: str) -> np.ndarray:
    """What torch calls ``dtype`` and is kept as ``array``, over its memory. Raises Unsupported where numpy
    has it not, Corrupt where it is not kept so."""
    if dtype != "complex128":
        raise Unsupported(f"numpy has no {dtype[:40]}: load it as a torch tensor")
    if array.dtype.str != "<f8" or array.shape[-1:] != (2,):
        raise Corrupt("complex numbers are kept as pairs of floats")
    return array.view("<c16")[..., 0]


def as_bytes(array: np.ndarray) -> memoryview:
    """The array's own memory, in the order in which it lies; the array must be contiguous."""
    try:
        return memoryview(array.data).cast("B")  # several times as fast, for what Python has a format of
    except (ValueError, TypeError):
        import numpy as np

        flat = array.reshape(-1, order="C" if array.flags.c_contiguous else "F")
        return memoryview(flat.view(np.uint8).data)
