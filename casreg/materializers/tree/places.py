"""Where the parts of a tree are, and how what is in it is named."""

from __future__ import annotations

from typing import Final

VALUE: Final = "value.json"
ARRAYS: Final = "arrays.safetensors"


def join(path: str, key: str) -> str:
    """The name of what is under ``key`` in what is named ``path``; "" names the whole tree."""
    return f"{path}.{key}" if path else key
