"""Importing what was planned, one version after the other."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from casreg.errors import (
    CasregError,
    Conflict,
    Corrupt,
    Denied,
    InvalidInput,
    ReadOnly,
    RegistryVersionConflict,
    Unsafe,
    Unsupported,
)
from casreg.mindtrace import decode, fingerprint
from casreg.mindtrace.listing import Stored
from casreg.mindtrace.plan import ORIGIN, Action, Item, Plan, imported, source_of
from casreg.progress import Progress

log = logging.getLogger("casreg")


class Status(StrEnum):
    """What became of a version."""

    IMPORTED = "imported"
    FILES = "files"
    """Imported, as the files that it consists of."""
    PRESENT = "present"
    SKIPPED = "skipped"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Outcome:
    item: Item
    status: Status
    reason: str | None = None
    """Why it was not imported, or not as the object that it is."""
    error: CasregError | None = None
    """Of what is damaged."""

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return {
            **self.item.facts(),
            "status": str(self.status),
            "reason": self.reason,
            "metadata_as_text": list(self.item.stored.facts.changed) if self.item.stored else [],
        }


_DONE = {Action.PRESENT: Status.PRESENT, Action.SKIP: Status.SKIPPED, Action.DAMAGED: Status.DAMAGED}


def execute(plan: Plan, progress: Progress) -> list[Outcome]:
    """As :meth:`Plan.execute` says."""
    outcomes = []
    done, total = 0, plan.size
    for item in plan.items:
        if item.stored is None or not item.imports:
            outcomes.append(Outcome(item, _DONE[item.action], item.reason, item.error))
            continue

        outcome = _imported(plan, item, item.stored, _after(done, item.size, total, progress))
        log.info("import of %s: %s %s", item.reference, outcome.status, outcome.reason or "")
        outcomes.append(outcome)
        done += item.size
        progress(done, total)
    return outcomes


def _after(before: int, size: int, size_of_all: int, progress: Progress) -> Progress:
    """The progress of one version of ``size`` bytes, of ``size_of_all`` together."""

    def advance(done: int, total: int | None) -> None:  # noqa: ARG001 - as the protocol says
        progress(before + min(done, size), size_of_all)

    return advance


def _imported(plan: Plan, item: Item, stored: Stored, progress: Progress) -> Outcome:
    try:
        if stored.facts.declared is not None:
            fingerprint.require(stored.folder, stored.files(), stored.facts.declared)
        if item.action is Action.FILES:
            _save(plan, stored, stored.folder, progress)
            return Outcome(item, Status.FILES, item.reason)
        return _as_object(plan, item, stored, progress)
    except RegistryVersionConflict as error:  # saved by somebody else meanwhile
        if imported(plan.registry, stored):
            return Outcome(item, Status.PRESENT)
        return Outcome(item, Status.SKIPPED, str(error))
    except ReadOnly:
        raise
    except (Unsafe, Unsupported, InvalidInput) as error:
        return Outcome(item, Status.SKIPPED, str(error))
    except (Corrupt, Conflict, Denied) as error:
        return Outcome(item, Status.DAMAGED, str(error), error)


def _as_object(plan: Plan, item: Item, stored: Stored, progress: Progress) -> Outcome:
    """Or as files, where that was asked for and the object cannot be read or kept."""
    try:
        with tempfile.TemporaryDirectory(prefix="casreg-") as scratch:
            source = source_of(stored, plan.trust, Path(scratch))
            _save(plan, stored, decode.read(stored.facts.materializer, source), progress)
    except (Unsafe, Unsupported, InvalidInput) as error:
        if not plan.files:
            raise
        _save(plan, stored, stored.folder, progress)
        return Outcome(item, Status.FILES, str(error))
    return Outcome(item, Status.IMPORTED)


def _save(plan: Plan, stored: Stored, obj: object, progress: Progress) -> None:
    plan.registry.save(
        str(stored.name),
        obj,
        version=stored.version,
        metadata={**stored.facts.metadata, ORIGIN: stored.facts.origin},
        init_params=stored.facts.init_params,
        on_conflict="skip",
        allow_pickle=plan.trust.allow_pickle,
        progress=progress,
    )
