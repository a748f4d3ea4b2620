"""What became of a batch, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from casreg.errors import VersionNotFound

Key = tuple[str, str]
"""Name and version. Where an item failed before its version was known: ``"pending"`` of a save, ``"latest"``
of a load; ``"all"`` where all were to be deleted."""


class Succeeded(NamedTuple):
    key: Key
    value: Any


class Skipped(NamedTuple):
    key: Key


class Failed(NamedTuple):
    key: Key
    error: Exception


Outcome = Succeeded | Skipped | Failed


@dataclass(repr=False)
class BatchResult:
    """Of a batch of saves, loads or deletes; a sequence of ``results``."""

    results: list[Any] = field(default_factory=list)
    """In the order given: versions saved, objects loaded, True for deleted; None for failed and skipped."""
    errors: dict[Key, dict[str, str]] = field(default_factory=dict)
    """``{(name, version): {"error": name of its class, "message": text}}`` of those that failed."""
    succeeded: list[Key] = field(default_factory=list)
    skipped: list[Key] = field(default_factory=list)
    """Versions that were there already, and stay."""
    failed: list[Key] = field(default_factory=list)
    cleanup_needed: dict[Key, str] = field(default_factory=dict)
    """Always empty: what a failed save leaves behind is the janitor's."""
    exceptions: list[Exception | None] = field(default_factory=list)
    """In the order given: what each that failed raised."""

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Self:
        self = cls()
        for outcome in outcomes:
            self.results.append(outcome.value if isinstance(outcome, Succeeded) else None)
            self.exceptions.append(outcome.error if isinstance(outcome, Failed) else None)
            match outcome:
                case Succeeded(key):
                    self.succeeded.append(key)
                case Skipped(key):
                    self.skipped.append(key)
                case Failed(key, error):
                    self.failed.append(key)
                    self.errors[key] = {"error": _class_name(error), "message": str(error)}
        return self

    def __repr__(self) -> str:
        counts = f"{self.success_count} succeeded, {self.skipped_count} skipped, {self.failure_count} failed"
        return f"<BatchResult {counts}>"

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.results)

    def __getitem__(self, index: int) -> Any:
        return self.results[index]

    @property
    def all_succeeded(self) -> bool:
        """Whether none failed; skipped ones are no failures."""
        return not self.failed

    @property
    def success_count(self) -> int:
        return len(self.succeeded)

    @property
    def skipped_count(self) -> int:
        return len(self.skipped)

    @property
    def failure_count(self) -> int:
        return len(self.failed)

    @property
    def cleanup_required_count(self) -> int:
        """Always 0, as ``cleanup_needed`` is empty."""
        return len(self.cleanup_needed)

    def require_success(self) -> None:
        """Raise what the first that failed raised, with a note of the others."""
        failures = [error for error in self.exceptions if error is not None]
        if not failures:
            return
        for (name, version), error in list(zip(self.failed, failures, strict=True))[1:]:
            failures[0].add_note(f"{name}@{version} failed, too: {_class_name(error)}: {error}")
        raise failures[0]


def _class_name(error: Exception) -> str:
    """By which programs know it that were written for mindtrace-registry."""
    return "RegistryObjectNotFound" if isinstance(error, VersionNotFound) else type(error).__name__
