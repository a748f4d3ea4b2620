"""What is known of a tensor's place in a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

ELEMENT_SIZES: Final = {
    **dict.fromkeys(("BOOL", "U8", "I8"), 1),
    **dict.fromkeys(("F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E5M2FNUZ", "F8_E4M3FNUZ"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 8),
}
"""Bytes of one element, by the safetensors word. Words of less than a byte an element are left out."""
COMPLEX: Final = frozenset({"C64"})
"""Words whose elements are two floats."""


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


class Form(NamedTuple):
    """What the elements of an array are, of whatever library."""

    word: str
    """The safetensors word of what they are kept as; the library's own where there is none."""
    shape: tuple[int, ...]
    """Of what they are kept as."""
    viewed: str | None = None
    """torch's name of their dtype, where they are kept as another: ``complex128``, as pairs of ``F64``."""

    def __str__(self) -> str:
        pairs = self.viewed is not None and self.viewed.startswith("complex")
        return f"{self.viewed or self.word} {self.shape[:-1] if pairs else self.shape}"
