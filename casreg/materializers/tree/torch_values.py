"""Sizes, dtypes and devices of torch's in a tree: the tag ``$torch``."""

from __future__ import annotations

import sys
from typing import Any

from casreg import torch_tensors
from casreg.errors import Corrupt
from casreg.materializers.tree.places import VALUE


def pack(obj: Any) -> dict[str, Any] | None:
    """As JSON; None for what is none of them. torch is not imported for it."""
    torch: Any = sys.modules.get("torch")
    if type(obj) is getattr(torch, "Size", None):
        return {"$torch": {"size": list(obj)}}
    for kind in ("dtype", "device"):
        if type(obj) is getattr(torch, kind, None):
            return {"$torch": {kind: str(obj).removeprefix("torch.")}}
    return None


def unpack(value: Any) -> Any:
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
    """What :func:`unpack` gives, as a tuple or a text."""
    plain: tuple[int, ...] | str = _parsed(value)[1]
    return plain


def _parsed(value: Any) -> tuple[str, Any]:
    [(kind, plain)] = value.items()
    if kind == "size" and type(plain) is list and all(type(n) is int and 0 <= n < 1 << 63 for n in plain):
        return kind, tuple(plain)
    if kind in ("dtype", "device") and type(plain) is str:
        return kind, plain
    raise Corrupt(f"{VALUE} has a {kind[:40]} of torch's that is none", part=VALUE)
