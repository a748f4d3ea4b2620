"""pydantic models: what pydantic itself pickles of them, validated neither when saved nor when loaded.

A validator need not take what it has given, such as a hash of a password, and runs code: what was valid when
it was saved comes back as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from casreg.errors import Unsupported
from casreg.materializers.tree.attributes import attributes, restored
from casreg.materializers.tree.containers import ABSENT
from casreg.materializers.tree.refusals import refused
from casreg.trust import full_name

if TYPE_CHECKING:
    from casreg.materializers.tree.pack import Packer
    from casreg.materializers.tree.unpack import Unpacker

_GROUPS: Final = ("fields", "extra", "private")


def is_model(cls: type) -> bool:
    return issubclass(cls, BaseModel)


def pack(packer: Packer, obj: BaseModel, path: str) -> dict[str, Any]:
    """``set`` names the fields that were given, unless they are all."""
    cls = type(obj)
    fields = {k: v for k, v in attributes(obj).items() if not k.startswith("__pydantic_")}
    private = {
        name: value
        for name, value in (obj.__pydantic_private__ or {}).items()
        if value is not PydanticUndefined
    }
    for name in [*cls.model_fields, *_private_defaults(cls)]:
        if name not in fields and name not in private:
            raise refused(path, f"{name} of this {full_name(cls)} is not set: set it")
    packed: dict[str, Any] = {"fields": packer.fields(fields, path)}
    if obj.__pydantic_extra__ is not None:
        packed["extra"] = packer.fields(obj.__pydantic_extra__, path)
    if obj.__pydantic_private__ is not None:
        packed["private"] = packer.fields(private, path)
    if obj.__pydantic_fields_set__ != fields.keys():
        packed["set"] = sorted(obj.__pydantic_fields_set__)
    return packed


def unpack(unpacker: Unpacker, cls: type[BaseModel], value: dict[str, Any], path: str, into: Any) -> Any:
    groups = {group: value[group] for group in _GROUPS if group in value}
    found = {group: unpacker.fields(values, path, into) for group, values in groups.items()}
    if all(values is ABSENT for values in found.values()):
        return ABSENT
    held = {group: {} if values is ABSENT else values for group, values in found.items()}
    if any(len(held[group]) < len(values) for group, values in groups.items()):
        return {name: item for values in held.values() for name, item in values.items()}
    fields, private = held["fields"], held.get("private")
    named = value.get("set", list(fields))
    if type(named) is not list or not all(type(name) is str for name in named):
        raise TypeError("fields that are set are no names")
    for name in cls.model_fields.keys() - fields.keys():
        fields[name] = _default(cls, name)
    for name, default in _private_defaults(cls).items():
        private = {} if private is None else private
        if name not in private:
            private[name] = default.get_default()
    obj = restored(cls, fields)
    object.__setattr__(obj, "__pydantic_fields_set__", set(named))
    _set(obj, "__pydantic_extra__", held.get("extra"))
    _set(obj, "__pydantic_private__", private)
    return obj


def _set(obj: Any, name: str, value: Any) -> None:
    if getattr(obj, name, PydanticUndefined) is not value:  # a RootModel has None in its class
        object.__setattr__(obj, name, value)


def _default(cls: type[BaseModel], name: str) -> Any:
    """Of a field that the class has got since the object was saved."""
    field = cls.model_fields[name]
    if field.is_required() or field.default_factory_takes_validated_data:
        raise Unsupported(
            f"{full_name(cls)} has a field {name} here, without a default, that it had not when the object "
            "was saved"
        )
    return field.get_default(call_default_factory=True)


def _private_defaults(cls: type[BaseModel]) -> dict[str, Any]:
    return {
        name: private
        for name, private in cls.__private_attributes__.items()
        if private.default is not PydanticUndefined or private.default_factory is not None
    }
