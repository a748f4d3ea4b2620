"""Objects of the user's classes, of the kinds that say by themselves what they are made of.

A class is looked up as :mod:`casreg.trust` says, and must be of the kind that the tag says before anything
of it is touched. Objects are made by setting attributes, without ``__init__`` and validators: those run code
with data from the store, and may give another object than the one that was saved. What of a class can run all
the same is what Python calls for any object: ``__hash__`` and ``__eq__`` of keys and elements of sets; and
factories of defaults for fields that the class has got since the save.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from enum import Enum, Flag
from typing import TYPE_CHECKING, Any, Final

from casreg.errors import Unsupported
from casreg.materializers.tree import models
from casreg.materializers.tree.attributes import attributes, of_class, require_plain, restored
from casreg.materializers.tree.classes import found
from casreg.materializers.tree.containers import ABSENT
from casreg.materializers.tree.numbers import pack_int, read_int
from casreg.materializers.tree.refusals import refused
from casreg.trust import full_name

if TYPE_CHECKING:
    from casreg.materializers.tree.pack import Packer
    from casreg.materializers.tree.unpack import Unpacker


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    tag: str
    called: str
    is_one: Callable[[type], bool]
    """Whether a class is of this kind; runs nothing of it."""
    require_kept: Callable[[type], None]
    """Raises InvalidInput for a class of this kind whose objects would not load as they were."""
    pack: Callable[[Packer, Any, str], dict[str, Any]]
    """As JSON, without the class. Raises InvalidInput."""
    unpack: Callable[[Unpacker, Any, dict[str, Any], str, Any], Any]
    """The object of a class, ``ABSENT``, or a dict of the fields that are wanted."""


def kind_of(cls: type) -> Kind | None:
    return next((kind for kind in KINDS if kind.is_one(cls)), None)


def unpack(unpacker: Unpacker, kind: Kind, value: dict[str, Any], path: str, into: Any) -> Any:
    """Raises Unsupported for a class that is no longer of its kind."""
    cls = found(value["class"], unpacker.trust)
    if not kind.is_one(cls):
        raise Unsupported(f"{value['class'][:120]} is no {kind.called} here, as it was when it was saved")
    return kind.unpack(unpacker, cls, value, path, into)


# members of Enums, by name; those of Flags that have none, by value


def _is_enum(cls: type) -> bool:
    return issubclass(cls, Enum)


def _no_more(_: type) -> None:
    """Nothing to be said against a class of this kind."""


def _pack_enum(_: Packer, obj: Enum, path: str) -> dict[str, Any]:
    cls = type(obj)
    if cls._member_map_.get(obj._name_) is obj:
        return {"name": obj._name_}
    if isinstance(obj, Flag) and _combines(cls) and cls(obj._value_) is obj:
        return {"value": pack_int(obj._value_)}
    raise refused(
        path, f"{obj!r:.100} is no member of {full_name(cls)} that could be found again: give its value"
    )


def _enum(unpacker: Unpacker, cls: type[Enum], value: dict[str, Any], path: str, _into: Any) -> Any:
    if not unpacker.wants(path):
        return ABSENT
    if "value" not in value:
        member = cls._member_map_.get(value["name"])
        if member is None:
            raise Unsupported(f"{full_name(cls)} has no member {value['name'][:80]!r} here")
        return member
    if not _combines(cls):
        raise Unsupported(f"{full_name(cls)} has no members that are combined of others here")
    try:
        return cls(read_int(value["value"]))
    except ValueError as error:
        raise Unsupported(f"{full_name(cls)} has other members here: {str(error)[:200]}") from error


def _combines(cls: type[Enum]) -> bool:
    """Whether its members combine as those of any Flag, by code of Python's own."""
    return issubclass(cls, Flag) and cls._missing_.__func__ is Flag._missing_.__func__  # type: ignore[attr-defined]


# named tuples


def _is_named_tuple(cls: type) -> bool:
    fields = of_class(cls, "_fields") if issubclass(cls, tuple) else None
    return type(fields) is tuple and all(type(name) is str for name in fields)


def _pack_named_tuple(packer: Packer, obj: Any, path: str) -> dict[str, Any]:
    if len(obj) != len(obj._fields) or getattr(obj, "__dict__", None):
        raise refused(
            path,
            f"a {full_name(type(obj))} that is more than its fields, or less: give a dict, or a dataclass",
        )
    return {"fields": packer.fields(dict(zip(obj._fields, tuple.__iter__(obj), strict=True)), path)}


def _named_tuple(unpacker: Unpacker, cls: Any, value: dict[str, Any], path: str, into: Any) -> Any:
    found = unpacker.fields(value["fields"], path, into)
    if found is ABSENT or len(found) < len(value["fields"]):
        return found
    found = {**getattr(cls, "_field_defaults", {}), **found}
    if found.keys() != set(cls._fields):
        raise Unsupported(f"{full_name(cls)} has other fields here than when it was saved")
    return tuple.__new__(cls, [found[name] for name in cls._fields])


# dataclasses


def _is_dataclass(cls: type) -> bool:
    return isinstance(of_class(cls, "__dataclass_fields__"), dict)


def _pack_dataclass(packer: Packer, obj: Any, path: str) -> dict[str, Any]:
    held = attributes(obj)
    for field in dataclasses.fields(obj):
        if field.name not in held and of_class(type(obj), field.name) is None:
            raise refused(path, f"the field {field.name} of this {full_name(type(obj))} is not set: set it")
    return {"fields": packer.fields(held, path)}


def _dataclass(unpacker: Unpacker, cls: type, value: dict[str, Any], path: str, into: Any) -> Any:
    found = unpacker.fields(value["fields"], path, into)
    if found is ABSENT or len(found) < len(value["fields"]):
        return found
    for field in dataclasses.fields(cls):
        if field.name not in found and of_class(cls, field.name) is None:
            found[field.name] = _default(cls, field)
    return restored(cls, found)


def _default(cls: type, field: dataclasses.Field[Any]) -> Any:
    """Of a field that the class has got since the object was saved."""
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    raise Unsupported(
        f"{full_name(cls)} has a field {field.name} here, without a default, that it had not when the object "
        "was saved"
    )


KINDS: Final = (
    Kind("$enum", "Enum", _is_enum, _no_more, _pack_enum, _enum),
    Kind("$namedtuple", "named tuple", _is_named_tuple, _no_more, _pack_named_tuple, _named_tuple),
    Kind("$model", "pydantic model", models.is_model, require_plain, models.pack, models.unpack),
    Kind("$dataclass", "dataclass", _is_dataclass, require_plain, _pack_dataclass, _dataclass),
)
BY_TAG: Final = {kind.tag: kind for kind in KINDS}
