"""Arrays in safetensors form: u64 length, JSON header, then the tensors without a gap.

The bytes are those that the safetensors library writes for the same arrays without metadata:
tensors by falling alignment, then by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from casreg import arrays
from casreg.codecs import planes
from casreg.parts import InMemory, Part
from casreg.tensors import Tensor

if TYPE_CHECKING:
    import numpy as np

_ORDER: Final = ("BOOL", "U8", "I8", "I16", "U16", "F16", "I32", "U32", "F32", "C64", "F64", "I64", "U64")
_RANK: Final = {word: rank for rank, word in enumerate(_ORDER)}


def part(path: str, named: Mapping[str, np.ndarray]) -> Part:
    """The arrays, each of a dtype that safetensors has, as one part."""
    words = {name: arrays.word(array.dtype) or "" for name, array in named.items()}
    names = sorted(named, key=lambda name: (-_RANK[words[name]], name))
    at = 0
    header: dict[str, object] = {}
    for name in names:
        size = named[name].nbytes
        header[name] = {
            "dtype": words[name],
            "shape": list(named[name].shape),
            "data_offsets": [at, at + size],
        }
        at += size
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    front = len(text).to_bytes(8, "little") + text
    start = len(front)
    tensors = []
    for name in names:
        array = named[name]
        tensors.append(Tensor(name, words[name], array.shape, start, array.nbytes))
        start += array.nbytes

    def buffers() -> Iterator[memoryview]:
        import numpy as np

        yield memoryview(front)
        for name in names:
            if named[name].nbytes:
                yield arrays.as_bytes(np.ascontiguousarray(named[name]))

    pieces = [(len(front), 0), *((t.size, planes.choose_width(t.dtype) or 0) for t in tensors)]
    return Part(path, InMemory(buffers, start), tensors=tensors, pieces=pieces)
