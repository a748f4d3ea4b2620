"""The object of a tree as JSON, and the arrays that were met on the way."""

from __future__ import annotations

import math
import struct
from base64 import b64encode
from collections import Counter, OrderedDict
from collections.abc import Hashable
from typing import Any

from casreg import arrays, torch_tensors
from casreg.errors import InvalidInput
from casreg.materializers import npy
from casreg.materializers.tree import scalars
from casreg.materializers.tree.described import Described
from casreg.materializers.tree.places import join
from casreg.parts import Elements, Part


class Packer:
    """Object to JSON; collects the arrays on the way."""

    def __init__(self) -> None:
        self.tensors: dict[str, Elements] = {}
        """What ``arrays.safetensors`` is to hold."""
        self.others: list[Part] = []
        self._tied: dict[Hashable, str] = {}
        """Names of the torch tensors so far."""

    def pack(self, obj: Any, path: str) -> Any:
        cls = type(obj)
        if obj is None or cls in (bool, int, str):
            return obj
        if cls is float:
            return obj if math.isfinite(obj) else {"$float": struct.pack(">d", obj).hex()}
        if cls is dict:
            if all(type(key) is str and key[:1] != "$" for key in obj):
                return {key: self.pack(value, join(path, key)) for key, value in obj.items()}
            return {"$dict": self._pairs(obj, path)}
        if cls is Counter:
            return {"$counter": self._pairs(obj, path)}
        if cls is OrderedDict:
            return {"$ordered": self._ordered(obj, path)}
        if cls is list:
            return [self.pack(value, join(path, str(i))) for i, value in enumerate(obj)]
        if cls is tuple:
            return {"$tuple": [self.pack(value, join(path, str(i))) for i, value in enumerate(obj)]}
        if cls is bytes:
            return {"$bytes": b64encode(obj).decode()}
        if arrays.is_array(obj):
            return self._array(obj, path)
        if torch_tensors.is_tensor(obj):
            return {"$tensor": self._tensor(obj, path)}
        if (packed := scalars.pack(obj)) is not None:
            return packed
        raise InvalidInput(
            f"at {path or 'the top'}: casreg does not know how to keep a {cls.__module__}.{cls.__qualname__}",
            at=path,
        )

    def _pairs(self, obj: dict[Any, Any], path: str) -> list[list[Any]]:
        return [[_key(key, path), self.pack(value, join(path, str(key)))] for key, value in obj.items()]

    def _ordered(self, obj: OrderedDict[Any, Any], path: str) -> dict[str, Any]:
        """The items, and ``_metadata``, which torch gives the state dicts of modules."""
        attributes = vars(obj)
        if attributes.keys() - {"_metadata"}:
            raise InvalidInput(
                f"at {path or 'the top'}: an OrderedDict with attributes of its own "
                f"({', '.join(sorted(attributes))}), which casreg does not keep",
                at=path,
            )
        packed: dict[str, Any] = {"items": self._pairs(obj, path)}
        if attributes:
            packed["metadata"] = _plain(attributes["_metadata"], join(path, "_metadata"))
        return packed

    def _array(self, array: Any, path: str) -> dict[str, str]:
        npy.require_plain(array)
        word = arrays.word(array.dtype)
        if word is None:
            name = f"arrays/{len(self.others)}.npy"
            self.others.append(npy.part(name, array, path or "array"))
            return {"$npy": name}
        return {"$array": self._add(arrays.elements(array, word), path)}

    def _tensor(self, tensor: Any, path: str) -> dict[str, Any]:
        torch_tensors.require_plain(tensor, path)
        same = torch_tensors.identity(tensor)
        if same not in self._tied:
            self._tied[same] = self._add(torch_tensors.elements(tensor), path)
        return Described.of(tensor, self._tied[same]).as_json()

    def _add(self, elements: Elements, path: str) -> str:
        """Keep an array under the name that leads to it, or the first like it that is free."""
        name = path or "array"
        if name in self.tensors or name == "__metadata__":
            name = next(
                n for i in range(1, len(self.tensors) + 3) if (n := f"{path}~{i}") not in self.tensors
            )
        try:
            name.encode()
        except UnicodeEncodeError:
            raise InvalidInput(f"the name of an array cannot be written as UTF-8: {name!r}") from None
        self.tensors[name] = elements
        return name


def _key(key: Any, path: str) -> Any:
    if key is None or type(key) in (bool, int, str, float, tuple, bytes):
        return _plain(key, f"a key of {path or 'the top'}")
    raise InvalidInput(
        f"at {path or 'the top'}: a dict with a key of type {type(key).__name__} cannot be kept", at=path
    )


def _plain(value: Any, path: str) -> Any:
    """Raises InvalidInput for a value that holds arrays."""
    packer = Packer()
    packed = packer.pack(value, path)
    if packer.tensors or packer.others:
        raise InvalidInput(f"at {path}: casreg does not keep arrays there", at=path)
    return packed
