"""What an import would do, as a value that can be printed; executing it does that."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from casreg.errors import CasregError, InvalidInput, Unsafe, Unsupported
from casreg.mindtrace import decode
from casreg.mindtrace.listing import Stored, listing
from casreg.mindtrace.source import Source
from casreg.progress import Progress, silent
from casreg.registry import Registry
from casreg.trust import Trust

if TYPE_CHECKING:
    from casreg.mindtrace.execute import Outcome

ORIGIN: Final = "mindtrace-registry"
"""The key of an imported version's metadata under which its class, materializer and hash there are kept."""


class Action(StrEnum):
    """What is to become of a version."""

    OBJECT = "object"
    """It is saved as what its user would have loaded."""
    FILES = "files"
    """It is saved as the directory of files that it consists of."""
    PRESENT = "present"
    """It was imported before."""
    SKIP = "skip"
    """It is left where it is."""
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Item:
    """One version of theirs."""

    reference: str
    """``name@version``; for what names none the path of its document."""
    action: Action
    reason: str | None = None
    """Why, if it is not to be saved as the object that it is."""
    python_class: str | None = None
    size: int = 0
    """Bytes of its files."""
    stored: Stored | None = None
    """None if it could not be read."""
    error: CasregError | None = None

    @property
    def imports(self) -> bool:
        return self.action in (Action.OBJECT, Action.FILES)

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "reference": self.reference,
            "action": str(self.action),
            "class": self.python_class,
            "size": self.size,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Plan:
    """What :meth:`execute` does, in this order."""

    directory: Path
    registry: Registry
    items: tuple[Item, ...]
    trust: Trust
    files: bool
    """Whether what cannot be read as an object is saved as files."""

    @property
    def size(self) -> int:
        """Bytes of all files to be imported."""
        return sum(item.size for item in self.items if item.imports)

    def execute(self, progress: Progress = silent) -> list[Outcome]:
        """Import each version on its own, in turn; what became of every item, in order.

        Each is visible whole or not at all, and what one comes to changes nothing for the others. The
        source is never changed. Interrupted, a new plan goes on with what is left. Raises what concerns
        all of them: Unavailable, NoSpace, ReadOnly.
        """
        from casreg.mindtrace.execute import execute

        return execute(self, progress)


def plan(
    directory: str | Path,
    registry: Registry,
    *,
    files: bool = False,
    allow_pickle: bool = False,
    allow_import: str | Iterable[str] = (),
) -> Plan:
    """Look at every version of a store of mindtrace-registry's, and at what ``registry`` has. Saves nothing.

    ``files``: what cannot be read as an object is to be saved as the files that it consists of.
    ``allow_pickle``: pickles are to be loaded, which can run any code. ``allow_import``: patterns of modules
    that may be imported for the classes of pydantic models; others must be imported already.

    Raises NotFound and InvalidInput for what is no such store, InvalidInput if ``registry`` keeps one version
    of each name and the store has several; damage in the store is an item of the plan.
    """
    place = Path(directory)
    trust = Trust.of(allow_pickle, allow_import)
    found = listing(place)
    _require_room(registry, [one for one in found if isinstance(one, Stored)])
    items = [
        _item(one, registry, trust, files)
        if isinstance(one, Stored)
        else Item(one.document, Action.DAMAGED, str(one.error), error=one.error)
        for one in found
    ]
    return Plan(place, registry, tuple(items), trust, files)


def imported(registry: Registry, stored: Stored) -> bool | None:
    """Whether the version was imported before; None if it is not there at all."""
    facts = registry.info(stored.name, stored.version)
    return facts["metadata"].get(ORIGIN) == stored.facts.origin if facts else None


def source_of(stored: Stored, trust: Trust, scratch: Path) -> Source:
    return Source(stored.folder, stored.facts.python_class, trust, scratch)


def _item(stored: Stored, registry: Registry, trust: Trust, files: bool) -> Item:
    action, reason, error = Action.OBJECT, None, None
    there = imported(registry, stored)
    if there:
        action = Action.PRESENT
    elif there is not None:
        action, reason = Action.SKIP, "another object is there as this version"
    elif ORIGIN in stored.facts.metadata:
        action, reason = Action.SKIP, f"its metadata have the key {ORIGIN!r}, which the import needs"
    else:
        try:
            decode.check(stored.facts.materializer, source_of(stored, trust, Path(tempfile.gettempdir())))
        except (Unsafe, Unsupported) as refused:
            action, reason = Action.FILES if files else Action.SKIP, str(refused)
        except CasregError as damage:
            action, reason, error = Action.DAMAGED, str(damage), damage
    return Item(
        f"{stored.name}@{stored.version}",
        action,
        reason,
        stored.facts.python_class,
        stored.size,
        stored,
        error,
    )


def _require_room(registry: Registry, found: list[Stored]) -> None:
    if registry.version_objects:
        return
    counts = Counter(stored.name for stored in found)
    if several := [name for name, count in counts.items() if count > 1]:
        raise InvalidInput(
            f"{several[0]} has {counts[several[0]]} versions, and {registry.backend.url} keeps one of each "
            "name: import into a store that was made with version_objects=True",
            name=several[0],
        )
