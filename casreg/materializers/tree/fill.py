"""The arrays and tensors of a tree: made as they are met, filled together at the end."""

from __future__ import annotations

from typing import Any, Final

from casreg import arrays, torch_tensors
from casreg.errors import Corrupt, InvalidInput
from casreg.filling import Filling, target
from casreg.lazytensor import LazyTensor
from casreg.materializers import npy
from casreg.materializers.protocol import Request
from casreg.materializers.tree import objects, torch_values
from casreg.materializers.tree.described import Described
from casreg.materializers.tree.places import ARRAYS, VALUE
from casreg.materializers.tree.unpack import MISSING, Unpacker
from casreg.patterns import Patterns
from casreg.snapshot import Snapshot

_ARRAYS: Final = ("$array", "$tensor", "$npy")


class Filler(Unpacker):
    """JSON to object, as far as a request wants it; complete once ``filling`` was run."""

    def __init__(self, snapshot: Snapshot, request: Request) -> None:
        super().__init__(request.trust)
        self.snapshot, self.request = snapshot, request
        self.everything = not request.only
        self.chosen = Patterns(request.only, ".")
        self._as_numpy = bool(request.params.get("as_numpy"))
        self.filling = Filling(snapshot.read_ranges)
        self._named: set[str] = set()
        self._left: int | None = None
        """Bytes of the part that no array has been made of."""
        self._tied: dict[str, LazyTensor] = {}
        """What torch tensors are stored as, by name: the same name once more is the same memory."""
        self._made: dict[str, Any] = {}
        """The new memory of each."""
        self._finished: dict[Described, Any] = {}
        self._ahead: dict[str, Any] = {}

    def wants(self, path: str) -> bool:
        return self.chosen.match(path)

    def leaf(self, tag: str, value: Any, path: str, into: Any) -> Any:
        if tag in _ARRAYS and into is MISSING:
            raise InvalidInput(f"into= has nothing at {path!r}", tensor=path)
        if tag == "$object":
            return objects.unpack(self, value, path)
        if tag == "$array":
            return self._array(value, path, into)
        if tag == "$tensor":
            return self._tensor(Described.parse(value), path, into)
        if tag == "$npy":
            self.once(value)
            return npy.load(self.snapshot, value, into, path, self.filling)
        if tag == "$torch" and self._as_numpy:
            return torch_values.without_torch(value)
        return super().leaf(tag, value, path, into)

    def make_ahead(self, name: str) -> None:
        """Make an array before it is met: it is taken then."""
        self._ahead[name] = self._new(self._claimed(name), arrays)

    def _array(self, name: str, path: str, into: Any) -> Any:
        if name in self._ahead:
            return self._ahead.pop(name)
        tensor = self._claimed(name)
        if into is None:
            return self._new(tensor, arrays)
        self.filling.add(tensor.part, tensor.start, target(into, tensor.entry, path))
        return into

    def _tensor(self, described: Described, path: str, into: Any) -> Any:
        name = described.name
        if name not in self._tied:
            self._tied[name] = self._claimed(name)
        tensor = self._tied[name]
        if into is not None:
            where = target(into, tensor.entry, path, described.dtype)
            self.filling.add(tensor.part, tensor.start, where)
            return into
        if name not in self._made:
            self._made[name] = self._new(tensor, arrays if self._as_numpy else torch_tensors)
        if described not in self._finished:
            finish = described.as_array if self._as_numpy else described.as_tensor
            self._finished[described] = finish(self._made[name])
        return self._finished[described]

    def _new(self, tensor: LazyTensor, library: Any) -> Any:
        made = library.empty(tensor.entry)
        self.filling.add(tensor.part, tensor.start, library.as_bytes(made))
        return made

    def _claimed(self, name: str) -> LazyTensor:
        """The tensor of this name, of which no array was made yet."""
        tensor = self.snapshot.tensors.get(name)
        if tensor is None or tensor.part.path != ARRAYS:
            raise Corrupt(f"{VALUE} names the array {str(name)[:120]!r}, which the index has not", part=VALUE)
        self.once(tensor.name)
        self._left = (tensor.part.size if self._left is None else self._left) - tensor.size
        if self._left < 0:
            raise Corrupt(f"arrays of {ARRAYS} overlap", part=ARRAYS)
        return tensor

    def once(self, name: str) -> None:
        """Raise Corrupt for what is named again and again: it would be as many objects, of bytes that are
        there once."""
        if name in self._named:
            raise Corrupt(f"{VALUE} names {name[:120]!r} twice", part=VALUE)
        self._named.add(name)
