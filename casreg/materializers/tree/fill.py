"""The arrays and tensors of a tree: made as they are met, filled together at the end."""

from __future__ import annotations

from typing import Any

from casreg import arrays, torch_tensors
from casreg.errors import Corrupt, InvalidInput
from casreg.lazytensor import LazyTensor, Range
from casreg.materializers import npy
from casreg.materializers.protocol import Request
from casreg.materializers.tree.described import Described
from casreg.materializers.tree.places import ARRAYS, VALUE
from casreg.materializers.tree.unpack import Unpacker
from casreg.patterns import Patterns
from casreg.snapshot import Snapshot


class Filler(Unpacker):
    """JSON to object, as far as a request wants it; complete once ``fill`` was called."""

    def __init__(self, snapshot: Snapshot, request: Request) -> None:
        self._snapshot = snapshot
        self.chosen = Patterns(request.only, ".")
        self._as_numpy = bool(request.params.get("as_numpy"))
        self._wanted: list[Range] = []
        self._named: set[str] = set()
        self._left: int | None = None
        """Bytes of the part that no array has been made of."""
        self._tensors: dict[str, Any] = {}
        """Torch tensors by the name that they are stored under: one that comes again is tied."""
        self._finished: dict[Described, Any] = {}

    def wants(self, path: str) -> bool:
        return self.chosen.match(path)

    def leaf(self, tag: str, value: Any, path: str, into: Any) -> Any:
        if tag == "$array":
            return self._array(value, into)
        if tag == "$tensor":
            return self._tensor(Described.parse(value), path, into)
        if tag == "$npy":
            self._once(value)
            return npy.load(self._snapshot, value, into)
        return super().leaf(tag, value, path, into)

    def fill(self) -> None:
        """Read all arrays, in the order in which they lie."""
        self._wanted.sort(key=lambda wanted: wanted.start)
        self._snapshot.read_ranges(self._wanted)

    def _array(self, name: str, into: Any) -> Any:
        tensor = self._claimed(name)
        array = arrays.empty(tensor.entry) if into is None else into
        if into is not None:
            npy.require_fit(into, tensor.shape, arrays.dtype(tensor.entry), name)
        self._want(tensor, arrays.as_bytes(array))
        return array

    def _tensor(self, described: Described, path: str, into: Any) -> Any:
        if into is not None:
            raise InvalidInput(f"into= is for arrays: {path} is a torch tensor", at=path)
        library = arrays if self._as_numpy else torch_tensors
        if described.name not in self._tensors:
            tensor = self._claimed(described.name)
            made = self._tensors[described.name] = library.empty(tensor.entry)
            self._want(tensor, library.as_bytes(made))
        if described not in self._finished:
            finish = described.as_array if self._as_numpy else described.as_tensor
            self._finished[described] = finish(self._tensors[described.name])
        return self._finished[described]

    def _want(self, tensor: LazyTensor, memory: memoryview) -> None:
        self._wanted.append(Range(tensor.part, tensor.start, memory))

    def _claimed(self, name: str) -> LazyTensor:
        """The tensor of this name, of which no array was made yet."""
        tensor = self._snapshot.tensors.get(name)
        if tensor is None or tensor.part.path != ARRAYS:
            raise Corrupt(f"{VALUE} names the array {str(name)[:120]!r}, which the index has not", part=VALUE)
        self._once(tensor.name)
        self._left = (tensor.part.size if self._left is None else self._left) - tensor.size
        if self._left < 0:
            raise Corrupt(f"arrays of {ARRAYS} overlap", part=ARRAYS)
        return tensor

    def _once(self, name: str) -> None:
        """What is named again and again would be as many arrays, of bytes that are there once."""
        if name in self._named:
            raise Corrupt(f"{VALUE} names {name[:120]!r} twice", part=VALUE)
        self._named.add(name)
