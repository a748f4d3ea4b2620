"""Arrays in safetensors form: u64 length, JSON header, then the tensors without a gap.

The bytes are those that the safetensors library writes for the same arrays without metadata:
tensors by falling alignment, then by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from casreg.codecs import planes
from casreg.parts import Elements, InMemory, Part
from casreg.tensors import Tensor

_ORDER: Final = (
    *("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"),
    *("I16", "U16", "F16", "BF16", "I32", "U32", "F32", "C64", "F64", "I64", "U64"),
)
_RANK: Final = {word: rank for rank, word in enumerate(_ORDER)}


def part(path: str, named: Mapping[str, Elements]) -> Part:
    """The arrays, by name, as one part."""
    names = sorted(named, key=lambda name: (-_RANK[named[name].word], name))
    held = [(name, named[name]) for name in names]
    front = _front(held)
    tensors = []
    at = len(front)
    for name, array in held:
        tensors.append(Tensor(name, array.word, array.shape, at, array.size))
        at += array.size

    def buffers() -> Iterator[memoryview]:
        yield memoryview(front)
        for _, array in held:
            yield from array.buffers()

    pieces = [(len(front), 0), *((t.size, planes.choose_width(t.dtype) or 0) for t in tensors)]
    return Part(path, InMemory(buffers, at), tensors=tensors, pieces=pieces)


def _front(held: list[tuple[str, Elements]]) -> bytes:
    """Length and header."""
    at = 0
    header: dict[str, object] = {}
    for name, array in held:
        end = at + array.size
        header[name] = {"dtype": array.word, "shape": list(array.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
