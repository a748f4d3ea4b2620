"""The object of a tree as JSON, and the arrays that were met on the way."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final

from casreg import arrays, torch_tensors
from casreg.errors import CasregError, InvalidInput
from casreg.materializers import libraries, npy
from casreg.materializers import registered as users
from casreg.materializers.tree import containers, instances, leaves, objects, scalars, torch_values
from casreg.materializers.tree.asides import Asides
from casreg.materializers.tree.classes import name_of
from casreg.materializers.tree.described import Described
from casreg.materializers.tree.instances import Kind
from casreg.materializers.tree.numbers import pack_float, pack_int
from casreg.materializers.tree.places import join, step
from casreg.materializers.tree.refusals import refused, refused_pickled_too, unknown
from casreg.materializers.tree.texts import is_plain
from casreg.materializers.tree.texts import pack as pack_text
from casreg.parts import Elements, Part
from casreg.trust import WARY, Trust, full_name

MAX_DEPTH: Final = 100
"""Of values within values: what Python's own limit lets a load unpack, wherever it is called from."""
_ATOMS: Final[dict[type, Any]] = {
    str: pack_text,
    int: pack_int,
    float: pack_float,
    bool: lambda obj: obj,
    type(None): lambda obj: obj,
}


def keep_as_text(cls: type[str]) -> None:
    """Have texts of a class of casreg's own kept as the plain texts that they are."""
    _ATOMS[cls] = lambda text: pack_text(str(text))


class Packer:
    """Object to JSON; collects the arrays on the way."""

    def __init__(
        self,
        params: Mapping[str, Any] | None = None,
        registered: Mapping[str, str] | None = None,
        trust: Trust = WARY,
    ) -> None:
        self.params = params or {}
        """The options of the materializer."""
        self.asides = Asides(self.params)
        """What classes of the user's have written."""
        self._registered, self._trust = registered or {}, trust
        self._keepers: dict[type, type | None] = {}
        """Of classes met so far, what is registered for them."""
        self.tensors: dict[str, Elements] = {}
        """What ``arrays.safetensors`` is to hold."""
        self.others: list[Part] = []
        self._tied: dict[Hashable, str] = {}
        """Names of the torch tensors so far."""
        self._apart = False
        self._depth = 0
        self._classes: dict[type, str] = {}

    def pack(self, obj: Any, path: str) -> Any:
        """As JSON. Raises InvalidInput, naming the place, for what would not load as it was."""
        cls = type(obj)
        if (atom := _ATOMS.get(cls)) is not None:
            return atom(obj)
        self._depth += 1
        try:
            return self._packed(cls, obj, path)
        finally:
            self._depth -= 1

    def _packed(self, cls: type, obj: Any, path: str) -> Any:
        if self._depth > MAX_DEPTH:
            raise refused_pickled_too(
                path[:120],
                f"the value is nested more than {MAX_DEPTH} deep, or holds itself: give what is in it side "
                "by side, by names or numbers that tell what refers to what",
                full_name(cls),
            )
        if cls is dict and all(
            type(key) is str and key[:1] != "$" and (key.isascii() or is_plain(key)) for key in obj
        ):
            return {
                key: atom(value)
                if (atom := _ATOMS.get(type(value))) is not None
                else self.pack(value, join(path, key))
                for key, value in obj.items()
            }
        if cls is list:
            return self.items(obj, path)
        if (container := containers.BY_TYPE.get(cls)) is not None:
            return {container.tag: container.pack(self, obj, path)}
        leaf = leaves.BY_TYPE.get(cls)
        if leaf is not None or scalars.is_one(obj):
            try:
                return {leaf.tag: leaf.pack(obj)} if leaf else scalars.pack(obj)
            except InvalidInput as error:
                raise refused(path, error.message) from None
        if (keeper := self._keeper(cls, path)) is not None:
            return self._aside(keeper, obj, path)
        if arrays.is_array(obj):
            return self._array(obj, path)
        if torch_tensors.is_tensor(obj):
            return {"$tensor": self._tensor(obj, path)}
        if (packed := torch_values.pack(obj)) is not None:
            return packed
        return self._instance(cls, obj, path)

    def _instance(self, cls: type, obj: Any, path: str) -> Any:
        """An object of a class of somebody's that nothing was registered for."""
        if (kind := instances.kind_of(cls)) is not None:
            return {kind.tag: {"class": self._named(kind, cls, path), **kind.pack(self, obj, path)}}
        if (library := libraries.kind_of(obj)) is not None:
            if self._apart:
                raise refused(path, f"a {full_name(cls)} is not kept there: give plain values instead")
            return objects.pack(self, obj, library, path)
        if (keeper := users.fallback(cls, self._registered, self._trust)) is not None:
            return self._aside(keeper, obj, path)
        raise unknown(obj, path)

    def items(self, values: Iterable[Any], path: str) -> list[Any]:
        """Values that are named by their positions."""
        return [
            atom(value)
            if (atom := _ATOMS.get(type(value))) is not None  # most are, and need no name
            else self.pack(value, join(path, str(i)))
            for i, value in enumerate(values)
        ]

    def pairs(self, values: Mapping[Any, Any], path: str) -> list[list[Any]]:
        """Values that are named by keys, and the keys."""
        packed = []
        for key, value in values.items():
            if (atom := _ATOMS.get(type(key))) is not None:
                name = atom(key)
            else:
                name = self.apart(key, f"a key of {path or 'the top'}")
            if (atom := _ATOMS.get(type(value))) is not None:
                packed.append([name, atom(value)])
            else:
                packed.append([name, self.pack(value, join(path, step(key, name)))])
        return packed

    def fields(self, values: Mapping[str, Any], path: str) -> dict[str, Any]:
        """Values that are named by attributes."""
        for name in values:
            if type(name) is not str or not is_plain(name):
                raise refused(
                    path,
                    f"an attribute cannot be kept under the name {name!r:.80}: put what it is into a dict",
                )
        return {name: self.pack(value, join(path, name)) for name, value in values.items()}

    def apart(self, obj: Any, path: str) -> Any:
        """A value that is no part of what :class:`Unpacker` chooses from. Raises InvalidInput for one that
        holds arrays."""
        held, self._apart = self._apart, True
        packed = self.pack(obj, path)
        self._apart = held
        return packed

    def _keeper(self, cls: type, path: str) -> type | None:
        """What of the user's keeps objects of a class, looked for once."""
        if cls not in self._keepers:
            try:
                self._keepers[cls] = users.keeper(cls, self._registered, self._trust)
            except CasregError as error:
                raise error.located(at=path) from None
        return self._keepers[cls]

    def _aside(self, keeper: type, obj: Any, path: str) -> dict[str, Any]:
        if self._apart:
            raise refused(path, f"a {full_name(type(obj))} is kept as files, which casreg does not do there")
        return self.asides.pack(keeper, obj, path)

    def _named(self, kind: Kind, cls: type, path: str) -> str:
        """The class of an object, looked at once."""
        if cls not in self._classes:
            try:
                kind.require_kept(cls)
                self._classes[cls] = name_of(cls)
            except InvalidInput as error:
                raise refused(path, error.message) from None
        return self._classes[cls]

    def _array(self, array: Any, path: str) -> dict[str, str]:
        npy.require_plain(array, path)
        self._require_not_apart(path)
        word = arrays.word(array.dtype)
        if word is None:
            name = f"arrays/{len(self.others)}.npy"
            self.others.append(npy.part(name, array, path or "array"))
            return {"$npy": name}
        return {"$array": self._add(arrays.elements(array, word), path)}

    def _tensor(self, tensor: Any, path: str) -> dict[str, Any]:
        torch_tensors.require_plain(tensor, path)
        self._require_not_apart(path)
        same = torch_tensors.identity(tensor)
        if same not in self._tied:
            self._tied[same] = self._add(torch_tensors.elements(tensor), path)
        return Described.of(tensor, self._tied[same]).as_json()

    def _require_not_apart(self, path: str) -> None:
        if self._apart:
            raise refused(path, "casreg does not keep arrays there: give tuples of numbers")

    def _add(self, elements: Elements, path: str) -> str:
        """Keep an array under the name that leads to it, or the first like it that is free."""
        path = path.encode("utf-8", "backslashreplace").decode()  # lone surrogates
        name = path or "array"
        if name in self.tensors or name == "__metadata__":
            name = next(
                n for i in range(1, len(self.tensors) + 3) if (n := f"{path}~{i}") not in self.tensors
            )
        self.tensors[name] = elements
        return name
