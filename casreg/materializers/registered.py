"""Materializers of users, by the names of the classes that they keep: a table of this process, and what
installed packages offer."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from inspect import signature
from typing import Any, Final

from casreg.archiver import Archiver
from casreg.errors import InvalidInput, Unsafe
from casreg.trust import Trust, findable, full_name

GROUP: Final = "casreg.materializers"
"""Of entry points: the name is ``module.Class`` of what is kept, the value ``module:Class`` of its keeper."""
_VALUES: Final = frozenset(
    (
        *(
            "array",
            "builtins",
            "collections",
            "datetime",
            "decimal",
            "fractions",
            "ipaddress",
            "pathlib",
            "uuid",
        ),
        *("abc", "contextlib", "enum", "numbers", "types", "typing"),
    )
)
"""Modules of Python's own whose classes hold values, or are what such are derived from, and do nothing else
when they are made."""
_NAME: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
log = logging.getLogger("casreg")
_defaults: dict[str, str] = {}


def register_default(cls: str | type, materializer: str | type) -> None:
    """For all registries of this process."""
    _defaults[name_of(cls)] = name_of(materializer, writes=True)


def defaults() -> dict[str, str]:
    return dict(_defaults)


def name_of(cls: str | type, *, writes: bool = False) -> str:
    """``module.Class``. Raises InvalidInput for a class that is not found by it; if it ``writes``, for one
    that has not what a materializer has."""
    if isinstance(cls, str):
        if not _NAME.fullmatch(cls):
            raise InvalidInput(f"{cls[:100]!r} does not name a class: give 'module.Class', or the class")
        return cls
    if not isinstance(cls, type):
        raise InvalidInput(f"{cls!r:.100} is no class, nor the name of one")
    if writes:
        require_writes(cls)
    if not findable(cls):
        raise InvalidInput(
            f"{full_name(cls)} is not found by its name: define it at the top of a module",
            type=full_name(cls),
        )
    return full_name(cls)


def is_materializer(cls: object) -> bool:
    """Whether a class has ``save`` and ``load``, and says that it is made with a ``uri``."""
    if not isinstance(cls, type) or not all(callable(getattr(cls, verb, None)) for verb in ("save", "load")):
        return False
    try:
        return issubclass(cls, Archiver) or "uri" in signature(cls).parameters
    except (TypeError, ValueError):  # of what is no Python
        return False


def require_writes(materializer: object) -> None:
    """Raise InvalidInput for what is no materializer, nor an instance of one."""
    if not is_materializer(materializer if isinstance(materializer, type) else type(materializer)):
        raise InvalidInput(
            f"{materializer!r:.100} is no materializer: it needs save(obj), and load(data_type), and to be "
            "made as cls(uri=directory)"
        )


def keeper(cls: type, registered: Mapping[str, str], trust: Trust) -> type | None:
    """What keeps objects of a class rather than casreg: what is registered for it, or for the first of its
    bases but ``object`` that something is registered for; else the class itself if it is a materializer.
    Raises as :func:`find` does."""
    return find(cls.__mro__[:-1], registered, trust) or (cls if is_materializer(cls) else None)


def fallback(cls: type, registered: Mapping[str, str], trust: Trust) -> type | None:
    """What keeps objects of a class that casreg does not know: what a package offers, else what is
    registered for ``object``. Raises as :func:`find` does."""
    return offered(cls.__mro__) or find((object,), registered, trust)


def find(classes: Sequence[type], registered: Mapping[str, str], trust: Trust) -> type | None:
    """What was registered for the first of some classes that something was registered for: with a store
    (``registered``) or else with this process. Raises Unsafe or Unsupported where that is not found."""
    for base in classes:
        name = full_name(base)
        if materializer := registered.get(name) or _defaults.get(name):
            return found(materializer, trust)
    return None


def found(materializer: str, trust: Trust) -> type:
    """The class of this name. Of what this process registered itself the module may be imported."""
    return (trust.telling(materializer) if materializer in _defaults.values() else trust).find(materializer)


def kept(name: str, trust: Trust) -> type:
    """The class that a store names as that of an object, to be handed to what reads it, which is likely to
    call it with what it has read. Raises Unsafe for one of Python's own that can do more than hold values,
    such as ``subprocess.Popen``, and for one derived from it, unless this process has registered something
    for either."""
    cls = trust.find(name)
    more = next((base for base in cls.__mro__ if _does_more(base)), None)
    told = any(full_name(base) in _defaults for base in cls.__mro__) or trust.imports(cls.__module__)
    if more is not None and not told:
        what = name[:100] if more is cls else f"{name[:100]}, a {full_name(more)}"
        raise Unsafe(
            f"the version says that it is a {what}, and to make one may do more than to hold values: "
            f"if you trust who saved it, register_default_materializer({name[:100]!r}, ...) before the load",
            type=name,
        )
    return cls


def _does_more(cls: type) -> bool:
    library = str(cls.__module__).partition(".")[0]
    return library in sys.stdlib_module_names and library not in _VALUES


def offered(classes: Sequence[type]) -> type | None:
    """What an installed package offers for the first of some classes that one is offered for; what cannot be
    imported is logged and passed by."""
    entries = _entry_points()
    for base in classes:
        for entry in entries.get(full_name(base), ()):
            try:
                materializer = entry.load()
                require_writes(materializer)
            except Exception as error:  # noqa: BLE001  # whatever a package's own code raises
                log.warning("the entry point %s = %s is of no use: %s", entry.name, entry.value, error)
            else:
                return materializer  # type: ignore[no-any-return]
    return None


@cache
def _entry_points() -> dict[str, list[Any]]:
    from importlib.metadata import entry_points

    found: dict[str, list[Any]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, []).append(entry)
    return found
