"""Single values of numpy and torch in a tree: the tags ``$scalar`` and ``$torch``."""

from __future__ import annotations

import sys
from typing import Any, Final

from casreg import torch_tensors
from casreg.errors import Corrupt
from casreg.materializers.tree.places import VALUE

_DTYPES: Final = frozenset(
    (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
)


def is_number(obj: Any) -> bool:
    """Whether ``obj`` is one number of numpy's; numpy is not imported for it."""
    base: Any = getattr(sys.modules.get("numpy"), "generic", None)
    if base is None or not isinstance(obj, base):
        return False
    return type(obj).__module__ == "numpy" and obj.dtype.name in _DTYPES


def pack(obj: Any) -> dict[str, Any] | None:
    """As JSON; None for what is no number of numpy's, and no size, dtype or device of torch's."""
    if is_number(obj):
        return {"$scalar": {"dtype": obj.dtype.name, "data": obj.tobytes().hex()}}
    torch: Any = sys.modules.get("torch")
    if type(obj) is getattr(torch, "Size", None):
        return {"$torch": {"size": list(obj)}}
    for kind in ("dtype", "device"):
        if type(obj) is getattr(torch, kind, None):
            return {"$torch": {kind: str(obj).removeprefix("torch.")}}
    return None


def number(value: Any) -> Any:
    """A number of numpy's. Raises Corrupt, KeyError, TypeError or ValueError for what no writer writes."""
    import numpy as np

    name, data = value["dtype"], bytes.fromhex(value["data"])
    if name not in _DTYPES or len(data) != np.dtype(name).itemsize:
        raise Corrupt(f"{VALUE} has a number of {len(data)} bytes as {str(name)[:40]!r}", part=VALUE)
    return np.frombuffer(data, np.dtype(name).newbyteorder("<")).astype(name)[0]


def of_torch(value: Any) -> Any:
    """A size, dtype or device of torch's. Raises Unsupported without torch, Corrupt, TypeError or ValueError
    for what it has not."""
    kind, plain = _parsed(value)
    torch = torch_tensors.library(f"a {kind}")
    if kind == "size":
        return torch.Size(plain)
    try:
        # Not as an attribute: torch imports modules of its own for some names.
        found = vars(torch).get(plain) if kind == "dtype" else torch.device(plain)
    except RuntimeError as error:
        raise Corrupt(f"torch has no device {plain[:40]!r}", part=VALUE) from error
    if not isinstance(found, torch.dtype | torch.device):
        raise Corrupt(f"torch has no dtype {plain[:40]!r}", part=VALUE)
    return found


def without_torch(value: Any) -> tuple[int, ...] | str:
    """What :func:`of_torch` gives, as a tuple or a text."""
    plain: tuple[int, ...] | str = _parsed(value)[1]
    return plain


def _parsed(value: Any) -> tuple[str, Any]:
    [(kind, plain)] = value.items()
    if kind == "size" and type(plain) is list and all(type(n) is int and 0 <= n < 1 << 63 for n in plain):
        return kind, tuple(plain)
    if kind in ("dtype", "device") and type(plain) is str:
        return kind, plain
    raise Corrupt(f"{VALUE} has a {kind[:40]} of torch's that is none", part=VALUE)


BY_TAG: Final = {"$scalar": number, "$torch": of_torch}
