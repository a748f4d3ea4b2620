"""What a caller trusts a store with: a store's data alone never imports, unpickles or runs anything."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from importlib import import_module
from types import ModuleType
from typing import Any, Final, Self

from casreg.errors import InvalidInput, Unsafe, Unsupported


@dataclass(frozen=True)
class Trust:
    """By default in nothing but what this process has imported by itself."""

    allow_pickle: bool = False
    """Whether pickles are read, which may run any code, and written."""
    allow_import: tuple[str, ...] = ()
    """Patterns (fnmatch) of modules that may be imported because a store names them; ``pkg.*`` also means
    ``pkg``."""

    @classmethod
    def of(cls, allow_pickle: bool, allow_import: str | Iterable[str]) -> Self:
        """As given by a caller. Raises InvalidInput for what is no bool, or no patterns."""
        _require_bool(allow_pickle)
        patterns = (allow_import,) if isinstance(allow_import, str) else tuple(allow_import)
        if not all(isinstance(pattern, str) and pattern for pattern in patterns):
            raise InvalidInput("allow_import= takes patterns of modules, such as ['pkg.*']")
        return cls(allow_pickle, patterns)

    def but(self, allow_pickle: bool | None) -> Self:
        """The same, but for ``allow_pickle`` where a call says so. Raises InvalidInput for no bool."""
        if allow_pickle is None:
            return self
        _require_bool(allow_pickle)
        return replace(self, allow_pickle=allow_pickle)

    def find_class(self, module: str, qualname: str) -> type:
        """The class that a store names, found without running any code of its module's, unless
        ``allow_import`` has the module imported.

        Raises Unsafe for a module that is not imported here and may not be, Unsupported where it cannot be
        imported, or has no such class.
        """
        found: Any = self._module(module)
        for name in qualname.split("."):
            found = _members(found).get(name)
        if not issubclass(type(found), type):
            raise Unsupported(
                f"the module {module[:80]} has no class {qualname[:80]!r} here: "
                "load with the version of it that the object was saved with",
                module=module,
            )
        return found  # type: ignore[no-any-return]

    def find(self, name: str) -> type:
        """The class ``module.Class``, likewise; of modules that ``name`` could mean the longest counts."""
        first: Unsafe | Unsupported | None = None
        module = name
        while "." in module:
            module = module.rpartition(".")[0]
            try:
                return self.find_class(module, name[len(module) + 1 :])
            except (Unsafe, Unsupported) as error:
                first = first or error
        raise first or Unsupported(f"{name[:80]!r} names no class")

    def telling(self, name: str) -> Self:
        """The same, but that the module of the class ``name`` may be imported: the caller has named it."""
        return replace(self, allow_import=(*self.allow_import, name.rpartition(".")[0]))

    def require_pickle(self, what: str) -> None:
        """Raise Unsafe unless pickles are allowed; ``what`` is pickled."""
        if not self.allow_pickle:
            raise Unsafe(
                f"{what} is pickled, and to unpickle it can run any code: if you trust who saved it, give "
                "allow_pickle=True to load() or to Registry()"
            )

    def imports(self, module: str) -> bool:
        """Whether a module may be imported because a store names it."""
        return any(_matches(module, pattern) for pattern in self.allow_import)

    def _module(self, name: str) -> ModuleType:
        found = sys.modules.get(name)
        if isinstance(found, ModuleType) and not _is_lazy(found):
            return found
        if not self.imports(name):
            raise Unsafe(
                f"the object needs the module {name[:80]!r}, which is not imported here, and casreg imports "
                f"nothing because a store names it: import it first, or give allow_import=[{name[:80]!r}] "
                "to Registry()",
                module=name,
            )
        try:
            module = import_module(name)
            vars(module)  # has a lazy one imported
            return module
        except Exception as error:  # whatever a module's own code raises
            raise Unsupported(
                f"the object needs the module {name[:80]!r}, which cannot be imported: {str(error)[:200]}",
                module=name,
            ) from error


def _is_lazy(module: ModuleType) -> bool:
    """Whether it is one of ``importlib.util.LazyLoader`` that nobody has used: any look at it imports it."""
    cls = type(module)
    return (cls.__module__, cls.__name__) == ("importlib.util", "_LazyModule")


def _members(obj: object) -> Mapping[str, object]:
    """What a module or a class has; neither it nor a metaclass is asked."""
    for kind in (ModuleType, type):
        if issubclass(type(obj), kind):  # isinstance() asks for __class__
            return kind.__getattribute__(obj, "__dict__")  # type: ignore[no-any-return]
    return {}


def full_name(cls: type) -> str:
    """``module.Class``."""
    return f"{cls.__module__}.{cls.__qualname__}"


WARY: Final = Trust()
"""Of who was told nothing."""


def findable(cls: type) -> bool:
    """Whether :meth:`Trust.find` gives ``cls`` by its name: not for a class that
    is local to a function, or whose name means another one."""
    try:
        return WARY.find(full_name(cls)) is cls
    except (Unsafe, Unsupported):
        return False


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or (pattern.endswith(".*") and fnmatchcase(name, pattern[:-2]))


def _require_bool(allow_pickle: object) -> None:
    if type(allow_pickle) is not bool:
        raise InvalidInput(f"allow_pickle={allow_pickle!r}: True or False")
