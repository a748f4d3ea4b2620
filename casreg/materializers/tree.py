"""Plain values, and dicts, lists and tuples of them and of arrays (spec/kinds.md).

Part ``value.json`` holds the structure, ``arrays.safetensors`` the arrays; arrays of a dtype that
safetensors has not are parts ``arrays/<number>.npy``. What JSON has no word for is an object with
one key: ``$tuple`` (list), ``$dict`` (list of pairs: keys that are not plain strings), ``$float``
(its bits, for NaN and infinities), ``$bytes`` (base64), ``$array`` (name of a tensor), ``$npy`` (path).
"""

from __future__ import annotations

import json
import math
import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Final

from casreg import arrays, canonical
from casreg.errors import Corrupt, InvalidInput, NotFound
from casreg.materializers import npy, safetensors
from casreg.materializers.protocol import Dumped, Request
from casreg.parts import InMemory, Part, in_memory
from casreg.snapshot import Snapshot

VALUE: Final = "value.json"
ARRAYS: Final = "arrays.safetensors"
_ABSENT: Final = object()


class TreeMaterializer:
    kind = "tree"

    def accepts(self, obj: object) -> bool:
        return obj is None or type(obj) in (dict, list, tuple, str, int, float, bool)

    def dump(self, obj: Any, params: Mapping[str, Any]) -> Dumped:
        packer = _Packer()
        try:
            text = json.dumps(packer.pack(obj, ""), separators=(",", ":"), allow_nan=False)
        except RecursionError:
            raise InvalidInput("the value is nested too deeply, or holds itself") from None
        except ValueError as error:
            if isinstance(error, InvalidInput):
                raise
            raise InvalidInput(f"the value cannot be written as JSON: {error}") from None  # giant integers
        parts = [Part(VALUE, in_memory(text.encode("ascii")))]
        if packer.tensors:
            parts.append(safetensors.part(ARRAYS, packer.tensors))
        parts += packer.others
        return Dumped(parts, sum(p.data.size for p in parts if isinstance(p.data, InMemory)))

    def load(self, snapshot: Snapshot, request: Request) -> Any:
        try:
            value = _parse(snapshot.read(snapshot.needed_part(VALUE).path))
            tree = _Unpacker(snapshot, request)
            result = tree.unpack(value, "", request.into)
        except RecursionError:
            raise InvalidInput("the value is nested more deeply than this Python allows") from None
        except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
            if isinstance(error, InvalidInput | NotFound):
                raise
            raise Corrupt(f"{VALUE} cannot be read: {str(error)[:200]}", part=VALUE) from error
        if result is _ABSENT:
            raise NotFound(f"nothing in {snapshot.name}@{snapshot.version} matches {', '.join(request.only)}")
        tree.fill()
        return result


def _parse(data: bytes) -> Any:
    return json.loads(
        data.decode("ascii"), object_pairs_hook=canonical.distinct, parse_constant=canonical.refuse_constant
    )


class _Packer:
    """Object to JSON; collects the arrays on the way."""

    def __init__(self) -> None:
        self.tensors: dict[str, Any] = {}
        self.others: list[Part] = []

    def pack(self, obj: Any, path: str) -> Any:
        cls = type(obj)
        if obj is None or cls in (bool, int, str):
            return obj
        if cls is float:
            return obj if math.isfinite(obj) else {"$float": struct.pack(">d", obj).hex()}
        if cls is dict:
            if all(type(key) is str and key[:1] != "$" for key in obj):
                return {key: self.pack(value, _join(path, key)) for key, value in obj.items()}
            return {"$dict": [[self._key(k), self.pack(v, _join(path, str(k)))] for k, v in obj.items()]}
        if cls is list:
            return [self.pack(value, _join(path, str(i))) for i, value in enumerate(obj)]
        if cls is tuple:
            return {"$tuple": [self.pack(value, _join(path, str(i))) for i, value in enumerate(obj)]}
        if cls is bytes:
            return {"$bytes": b64encode(obj).decode()}
        if npy.is_array(obj):
            return self._array(obj, path)
        raise InvalidInput(
            f"at {path or 'the top'}: casreg does not know how to keep a {cls.__module__}.{cls.__qualname__}",
            at=path,
        )

    def _key(self, key: Any) -> Any:
        if key is None or type(key) in (bool, int, str, float, tuple, bytes):
            return self.pack(key, "a key")
        raise InvalidInput(f"a dict with a key of type {type(key).__name__} cannot be kept")

    def _array(self, array: Any, path: str) -> Any:
        npy.require_plain(array)
        if arrays.word(array.dtype) is None:
            name = f"arrays/{len(self.others)}.npy"
            self.others.append(npy.part(name, array, path or "array"))
            return {"$npy": name}
        name = path or "array"
        if name in self.tensors or name == "__metadata__":
            name = next(
                n for i in range(1, len(self.tensors) + 3) if (n := f"{path}~{i}") not in self.tensors
            )
        try:
            name.encode()
        except UnicodeEncodeError:
            raise InvalidInput(f"the name of an array cannot be written as UTF-8: {name!r}") from None
        self.tensors[name] = array
        return {"$array": name}


class _Unpacker:
    """JSON to object; arrays are made at once and filled together at the end."""

    def __init__(self, snapshot: Snapshot, request: Request) -> None:
        self._snapshot, self._request = snapshot, request
        self._wanted: list[tuple[int, Any]] = []
        self._named: set[str] = set()
        self._left: int | None = None
        """Bytes of tensors that no array has been made of."""

    def unpack(self, value: Any, path: str, into: Any) -> Any:
        """``_ABSENT`` for what ``only`` leaves out."""
        if isinstance(value, dict):
            tag = next(iter(value)) if len(value) == 1 else ""
            if tag[:1] == "$":
                return self._tagged(tag, value[tag], path, into)
            return self._pairs(((key, value[key]) for key in value), path, into)
        if isinstance(value, list):
            return self._items(value, path, into)
        return value if self._request.wants(path) else _ABSENT

    def fill(self) -> None:
        """Read all arrays, in the order in which they lie."""
        if self._wanted:
            self._wanted.sort(key=lambda pair: pair[0])
            runs: list[tuple[int, list[memoryview]]] = []
            end = -1
            for start, array in self._wanted:
                if start != end:
                    runs.append((start, []))
                runs[-1][1].append(arrays.as_bytes(array))
                end = start + array.nbytes
            for start, buffers in runs:
                self._snapshot.read_into(ARRAYS, start, buffers)

    def _tagged(self, tag: str, value: Any, path: str, into: Any) -> Any:
        if tag == "$tuple" and isinstance(value, list):
            items = self._items(value, path, into)
            return items if items is _ABSENT else tuple(items)
        if tag == "$dict" and isinstance(value, list):
            if not all(isinstance(pair, list) for pair in value):
                raise TypeError("a pair is no list")
            pairs = [(self._unfiltered(key), item) for key, item in value]
            return self._pairs(iter(pairs), path, into)
        if not self._request.wants(path):
            return _ABSENT
        if tag == "$array":
            return self._array(value, into)
        if tag == "$npy":
            self._once(value)
            return npy.load(self._snapshot, value, into)
        if tag == "$float":
            return struct.unpack(">d", bytes.fromhex(value))[0]
        if tag == "$bytes":
            return b64decode(value, validate=True)
        raise Corrupt(f"{VALUE} uses {tag[:40]}, which this casreg does not know", part=VALUE)

    def _once(self, name: str) -> None:
        """What is named again and again would be as many arrays, of bytes that are there once."""
        if name in self._named:
            raise Corrupt(f"{VALUE} names {name[:120]!r} twice", part=VALUE)
        self._named.add(name)

    def _unfiltered(self, key: Any) -> Any:
        return _Unpacker(self._snapshot, Request()).unpack(key, "", None)

    def _pairs(self, pairs: Any, path: str, into: Any) -> Any:
        result = {}
        for key, value in pairs:
            item = self.unpack(value, _join(path, str(key)), _inside(into, key))
            if item is not _ABSENT:
                result[key] = item
        return result if result or not self._request.only else _ABSENT

    def _items(self, values: list[Any], path: str, into: Any) -> Any:
        items = [self.unpack(value, _join(path, str(i)), _inside(into, i)) for i, value in enumerate(values)]
        kept = [item for item in items if item is not _ABSENT]
        return kept if kept or not self._request.only else _ABSENT

    def _array(self, name: str, into: Any) -> Any:
        found = self._snapshot.tensors.get(name)
        if found is None or found[0].path != ARRAYS:
            raise Corrupt(f"{VALUE} names the array {str(name)[:120]!r}, which the index has not", part=VALUE)
        part, tensor = found
        self._once(tensor.name)
        self._left = (part.size if self._left is None else self._left) - tensor.size
        if self._left < 0:
            raise Corrupt(f"arrays of {ARRAYS} overlap", part=ARRAYS)
        array = arrays.empty(tensor) if into is None else into
        if into is not None:
            npy.require_fit(into, tensor.shape, arrays.dtype(tensor), name)
        if array.nbytes:
            self._wanted.append((tensor.start, array))
        return array


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _inside(into: Any, key: Any) -> Any:
    """The part of ``into=`` for one item of a dict or list."""
    if into is None:
        return None
    try:
        return into[key]
    except (LookupError, TypeError):
        raise InvalidInput(f"into= has nothing at {key!r}") from None
