"""What objects of a class written in Python are made of: attributes, in a ``__dict__`` and in slots."""

from __future__ import annotations

from functools import cached_property, lru_cache
from types import MemberDescriptorType
from typing import Any

from casreg.errors import InvalidInput, Unsupported
from casreg.materializers.tree.refusals import OTHERWISE
from casreg.trust import full_name


def require_plain(cls: type) -> None:
    """Raise InvalidInput for a class whose objects are more than their attributes."""
    if hasattr(cls, "__del__"):
        raise InvalidInput(
            f"{full_name(cls)} has a __del__, which a copy of the object would run, too: give a dict of its "
            f"attributes; {OTHERWISE}"
        )
    try:
        object.__new__(cls)
    except TypeError:
        raise InvalidInput(
            f"{full_name(cls)} is abstract or derived from a type that is not written in Python: its objects "
            f"are more than their attributes; give plain values; {OTHERWISE}"
        ) from None


def attributes(obj: Any) -> dict[str, Any]:
    """Of ``obj``, by name, but for what properties have cached, and for what ``typing`` leaves."""
    cls: Any = type(obj)
    found = {
        name: value
        for name, value in getattr(obj, "__dict__", {}).items()
        if name != "__orig_class__" and not isinstance(of_class(cls, name), cached_property)
    }
    for name, slot in _slots(cls).items():
        try:
            found[name] = slot.__get__(obj, cls)
        except AttributeError:  # not set
            continue
    return found


def restored(cls: Any, found: dict[str, Any]) -> Any:
    """An object with these attributes. Nothing of its class is run: no ``__init__``, ``__new__`` or
    ``__setattr__``, no property. Raises Unsupported where there is no place for one of them."""
    if hasattr(cls, "__del__"):
        raise Unsupported(f"{full_name(cls)} has a __del__ here, which it had not when the object was saved")
    obj: Any = object.__new__(cls)
    slots, others = _slots(cls), getattr(obj, "__dict__", None)
    for name, value in found.items():
        if name in slots:
            slots[name].__set__(obj, value)
        elif others is not None:
            others[name] = value
        else:
            raise Unsupported(
                f"{full_name(cls)} has no attribute {name[:80]!r} here: load with the version of it that the "
                "object was saved with"
            )
    return obj


def of_class(cls: type, name: str) -> Any:
    """What the class itself has under a name, None if that is nothing, or the place of a slot."""
    found = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    return None if isinstance(found, MemberDescriptorType) else found


@lru_cache(maxsize=128)
def _slots(cls: type) -> dict[str, MemberDescriptorType]:
    return {
        name: slot
        for base in reversed(cls.__mro__)
        for name, slot in vars(base).items()
        if isinstance(slot, MemberDescriptorType) and not name.startswith("__")
    }
