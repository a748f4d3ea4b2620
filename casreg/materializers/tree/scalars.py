"""Single values of numpy's in a tree: the tag ``$scalar``."""

from __future__ import annotations

import re
import sys
from base64 import b64decode, b64encode
from typing import Any, Final

from casreg import arrays
from casreg.errors import Corrupt, InvalidInput
from casreg.materializers import npy
from casreg.materializers.tree.places import VALUE
from casreg.tensors import Tensor

_DTYPES: Final = frozenset(
    (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
)
_TIMES: Final = re.compile(
    r"(datetime|timedelta)64(\[([1-9][0-9]{0,8})?(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?"
)
_LONG: Final = ("longlong", "ulonglong")
"""C's integers of 64 bits, which are other types than ``int64`` and ``uint64`` where those are ``long``."""
_DESCRIBED: Final = ("void", "longdouble", "clongdouble")
"""What only ``.npy`` has words for."""


def is_one(obj: Any) -> bool:
    """Whether ``obj`` is a single value of a type of numpy's, or of ml_dtypes'; neither is imported."""
    base: Any = getattr(sys.modules.get("numpy"), "generic", None)
    if base is None or not isinstance(obj, base):
        return False
    cls = type(obj)
    if cls.__module__ == "ml_dtypes":
        return arrays.word(obj.dtype) is not None
    return cls.__module__ == "numpy" and (
        cls.__name__ in (*_DESCRIBED, "str_", "bytes_")
        or obj.dtype.name in _DTYPES
        or _TIMES.fullmatch(obj.dtype.name) is not None
    )


def pack(obj: Any) -> dict[str, Any]:
    """As JSON. Raises InvalidInput, without the place, for one that holds Python objects."""
    name = type(obj).__name__
    if name == "str_":
        return {"$scalar": {"dtype": "str", "data": obj.encode("utf-32-le", "surrogatepass").hex()}}
    if name == "bytes_":
        return {"$scalar": {"dtype": "bytes", "data": bytes.hex(obj)}}
    if name in _DESCRIBED:
        if obj.dtype.hasobject or not npy.is_described(obj.dtype):
            raise InvalidInput(f"a value of dtype {obj.dtype} is not kept: give its item()")
        return {"$scalar": {"npy": b64encode(npy.to_bytes(obj)).decode()}}
    return {"$scalar": {"dtype": name if name in _LONG else obj.dtype.name, "data": obj.tobytes().hex()}}


def unpack(value: Any) -> Any:
    """Raises Corrupt, KeyError, TypeError or ValueError for what no writer writes, Unsafe for Python objects,
    Unsupported without ml_dtypes where it is of a type of theirs."""
    import numpy as np

    if "npy" in value:
        return npy.from_bytes(b64decode(value["npy"], validate=True), VALUE)
    name, data = value["dtype"], bytes.fromhex(value["data"])
    if name == "str":
        return np.str_(data.decode("utf-32-le", "surrogatepass"))
    if name == "bytes":
        return np.bytes_(data)
    if name in arrays.BY_ML_DTYPES:
        dtype = arrays.dtype(Tensor("of a scalar", arrays.BY_ML_DTYPES[name], (), 0, len(data)))
    elif name in _DTYPES or name in _LONG or _TIMES.fullmatch(name):
        dtype = np.dtype(name)
    else:
        raise Corrupt(f"{VALUE} has a value of dtype {str(name)[:40]!r}", part=VALUE)
    if len(data) != dtype.itemsize:
        raise Corrupt(f"{VALUE} has a number of {len(data)} bytes as {name!r}", part=VALUE)
    return np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype)[0]
