"""What turns objects into parts and versions back into objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from casreg.errors import InvalidInput
from casreg.parts import Part
from casreg.progress import Progress, silent
from casreg.snapshot import Snapshot
from casreg.trust import WARY, Trust, full_name

Past: TypeAlias = Callable[[str, int], Iterator[memoryview] | None]
"""What the chunks of a part hold in the version that is continued, front to back, by its path and the size
of its file; None unless it has such a part, stored inflated. Raises Corrupt."""


@dataclass(frozen=True)
class Dumped:
    """An object as parts."""

    parts: Iterable[Part]
    size: int | None
    """Plain bytes of all parts; None while they cannot be known without reading."""
    repeatable: bool = True
    """Whether the object can be dumped again: not a stream."""
    loads_as: type | None = None
    """What a load gives, where that is another type than the object's own."""
    continued: Callable[[Past], Iterable[Part]] | None = None
    """``parts``, made for less by what was saved before."""
    materializer: str | None = None
    """``module.Class`` of the user's class that made the parts; of a tree that is one object of a library's,
    what that is."""
    release: Callable[[], object] = lambda: None
    """To be called once the parts are not needed any more."""

    def python_class(self, obj: object) -> str:
        """``module.Class`` of what a load gives for ``obj``."""
        return full_name(self.loads_as or type(obj))


@dataclass(frozen=True)
class Request:
    """What a caller wants of a load besides the version."""

    only: tuple[str, ...] = ()
    """Patterns of tensor names or part paths; none: everything."""
    into: Any = None
    """Memory to be filled instead of new memory."""
    params: Mapping[str, Any] = field(default_factory=dict)
    directory: Path | None = None
    """Where files are to be placed."""
    fresh: bool = False
    """Whether nothing is in that directory yet."""
    progress: Progress = silent
    trust: Trust = WARY

    def refuse(self, kind: str, **given: object) -> None:
        """Raise InvalidInput for the first of ``given`` that was set and means nothing to ``kind``."""
        for name, value in given.items():
            if value is not None and value != ():
                raise InvalidInput(f"{name}= has no meaning for an object of kind {kind!r}")


class Materializer(Protocol):
    """One kind of object. Sees parts, never a store."""

    kind: str

    def accepts(self, obj: object) -> bool:
        """Whether this materializer keeps objects like ``obj``; must be cheap."""

    def dump(self, obj: Any, params: Mapping[str, Any], trust: Trust = WARY) -> Dumped:
        """Raises InvalidInput for an object that would not load as it was."""

    def load(self, snapshot: Snapshot, request: Request) -> Any: ...
