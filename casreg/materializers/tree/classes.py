"""Classes of the user's that a tree names: ``module:Class``."""

from __future__ import annotations

from typing import Any

from casreg.errors import InvalidInput, Unsafe, Unsupported
from casreg.trust import WARY, Trust, full_name


def name_of(cls: type) -> str:
    """Raises InvalidInput for a class that no reader would find by its name."""
    try:
        found = WARY.find_class(cls.__module__, cls.__qualname__)
    except (Unsafe, Unsupported):
        found = None
    if found is cls:
        return f"{cls.__module__}:{cls.__qualname__}"
    if "[" in cls.__qualname__:
        reason = f"is made where it is used: write {cls.__qualname__} once at the top of its module"
    elif "<locals>" in cls.__qualname__:
        reason = "is defined in a function: define it at the top of a module"
    else:
        reason = "is not what its module has under this name: define it at the top of the module as that"
    raise InvalidInput(f"the class {full_name(cls)} cannot be found again: it {reason}")


def found(name: Any, trust: Trust) -> type:
    """The class of this name; nothing of it is run. Raises Unsafe, and Unsupported if there is none."""
    module, colon, qualname = name.partition(":")
    if not (module and colon and qualname):
        raise ValueError("a class is not named as module:Class")
    try:
        return trust.find_class(module, qualname)
    except Unsupported as error:
        if module != "__main__":
            raise
        raise Unsupported(
            f"the object is of the class {qualname[:80]!r} of the program that saved it: define it in this "
            "one, too, or save it with the class in a module that both import",
            module=module,
        ) from error
