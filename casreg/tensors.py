"""What is known of a tensor's place in a part."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tensor:
    """A named array that lies contiguously, in C order, in the bytes of a part."""

    name: str
    dtype: str
    """The safetensors word: ``F32``, ``BF16``, ``I64``, ``BOOL``, ..."""
    shape: tuple[int, ...]
    start: int
    """Byte offset in the part."""
    size: int
    """In bytes."""
