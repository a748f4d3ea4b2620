"""Stand-ins for what a torch pickle is made of: storages, views of them, and objects of any other kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from casreg.borders.layout import MAX_RANK

_MAX_TEXT: Final = 1024
_STORAGES: Final = {
    "FloatStorage": "F32",
    "DoubleStorage": "F64",
    "HalfStorage": "F16",
    "BFloat16Storage": "BF16",
    "LongStorage": "I64",
    "IntStorage": "I32",
    "ShortStorage": "I16",
    "CharStorage": "I8",
    "ByteStorage": "U8",
    "BoolStorage": "BOOL",
    "ComplexFloatStorage": "C64",
    "UntypedStorage": None,
}
_DTYPES: Final = {
    "float32": "F32",
    "float64": "F64",
    "float16": "F16",
    "bfloat16": "BF16",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint64": "U64",
    "uint32": "U32",
    "uint16": "U16",
    "uint8": "U8",
    "bool": "BOOL",
    "complex64": "C64",
    "float8_e5m2": "F8_E5M2",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e8m0fnu": "F8_E8M0",
}


@dataclass(frozen=True, slots=True)
class Storage:
    """A member of the archive, as the pickle describes it."""

    key: str
    word: str | None
    """None for bytes without a type."""
    count: int
    """Elements; bytes if there is no type."""


@dataclass(frozen=True, slots=True)
class View:
    """A tensor: elements of a storage."""

    storage: Storage
    word: str
    offset: int
    """In elements."""
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Global:
    module: str
    name: str


@dataclass(slots=True, eq=False)
class Node:
    """An object: what it has under keys or positions, and what its state was set to."""

    flat: list[Any] | None = None
    """Keys and values in turn: two millions of them are held for a hostile pickle."""
    count: int = 0
    state: Any = None

    def put(self, key: Any, value: Any) -> None:
        self.count += 1
        if (type(key) is str or _is_size(key)) and isinstance(value, Node | View | tuple):
            if self.flat is None:
                self.flat = []
            self.flat += (key, value)

    def items(self) -> Iterator[tuple[str, Any]]:
        """What was put in that can hold tensors, under keys that are texts or sizes."""
        turns = iter(self.flat or ())
        return ((str(key), value) for key, value in zip(turns, turns, strict=True))


def rebuilt(function: Any, arguments: Any) -> Any:
    """What a call would give: a view for torch's functions, an empty node for all others."""
    if isinstance(function, Global) and isinstance(arguments, tuple):
        if function == _FROM_TYPE and len(arguments) > 2 and isinstance(arguments[2], tuple):
            function, arguments = arguments[0], arguments[2]
        if function in _REBUILD:
            return _view(arguments) or Node()
        if function in _PARAMETERS and arguments and isinstance(arguments[0], View):
            return arguments[0]
    return Node()


_REBUILD: Final = (
    Global("torch._utils", "_rebuild_tensor_v2"),
    Global("torch._utils", "_rebuild_tensor_v3"),
)
_PARAMETERS: Final = (
    Global("torch._utils", "_rebuild_parameter"),
    Global("torch._utils", "_rebuild_parameter_with_state"),
)
_FROM_TYPE: Final = Global("torch._tensor", "_rebuild_from_type_v2")


def _view(arguments: tuple[Any, ...]) -> View | None:
    """(storage, offset, shape, strides, requires_grad, hooks), then a dtype if the storage has none.

    What follows these are flags that change what the bytes mean; there is no view then.
    """
    if len(arguments) < 4:
        return None
    storage, offset, shape, strides, *more = arguments
    if not isinstance(storage, Storage) or not _is_size(offset):
        return None
    if not _are_sizes(shape) or not _are_sizes(strides) or len(shape) != len(strides):
        return None
    word, more = storage.word, [item for item in more[2:] if item is not None]
    if word is None:
        dtype = more.pop(0) if more else None
        word = _DTYPES.get(dtype.name) if isinstance(dtype, Global) and dtype.module == "torch" else None
    return View(storage, word, offset, shape, strides) if word and not more else None


def storage(described: Any) -> Storage | Node:
    """What a persistent id stands for: ("storage", class, key, location, count) is a storage."""
    if isinstance(described, tuple) and len(described) >= 5 and described[0] == "storage":
        _, kind, key, _, count = described[:5]
        is_torch = isinstance(kind, Global) and kind.module.partition(".")[0] == "torch"
        if is_torch and kind.name in _STORAGES and type(key) is str and _is_size(count):
            return Storage(key, _STORAGES[kind.name], count)
    return Node()


def constant(value: Any) -> Any:
    """Short texts and sizes as they are; all else tells nothing."""
    return value if _is_size(value) or (type(value) is str and len(value) <= _MAX_TEXT) else None


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 62


def _are_sizes(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) <= MAX_RANK and all(map(_is_size, value))
