"""What a caller of ``save`` asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from casreg.config import Limits
from casreg.journal import Journals
from casreg.models.written import Signature
from casreg.names import Name, Reference, Tag, Version
from casreg.progress import Progress
from casreg.trust import WARY, Trust


class SaveOptions(TypedDict, total=False):
    """The keywords of ``Registry.save``, of one object or of a batch."""

    version: str | list[str | None] | None
    metadata: Mapping[str, Any] | list[Any] | None
    tags: str | Iterable[str] | list[Any]
    base: str | None
    on_conflict: str | None
    init_params: Mapping[str, Any] | list[Any] | None
    materializer: Any
    allow_pickle: bool | None
    progress: Progress | None


@dataclass(frozen=True)
class Order:
    """Checked."""

    name: Name
    version: Version | None
    """None: the next number."""
    first: Version
    """The next number where there is none."""
    overwrite: bool
    metadata: dict[str, Any]
    init_params: dict[str, Any]
    base: Reference | Literal["auto"] | None
    limits: Limits
    sign: Callable[[], Signature]
    clock: Callable[[], float]
    """Seconds, counting suspension: for leases."""
    progress: Progress
    tags: tuple[Tag, ...] = ()
    trust: Trust = WARY
    materializer: Any = None
    """What is to keep the object: a class of the user's, an instance, or a name; None: casreg chooses."""
    journals: Journals | None = None
    """Where saves leave word for the case that they are interrupted."""
