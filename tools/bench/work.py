"""Where a measurement works, how large, and how it says what it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from casreg import Registry


@dataclass(frozen=True)
class Work:
    directory: Path
    divide: int
    console: Console
    name: str = ""

    def within(self, name: str) -> Work:
        """The same in a directory of its own. Nothing is removed before the end: creating files is
        slow on some file systems for a while after many were deleted."""
        directory = self.directory / name
        directory.mkdir()
        return replace(self, directory=directory, name=name)

    def sized(self, full: int) -> int:
        """A size or a count, divided as the caller of the benchmark wants it."""
        return max(1, full // self.divide)

    def say(self, what: str) -> None:
        """One line: what is being run."""
        self.console.print(f"[bold]{self.name}[/bold]: {what}")

    def registry(self, store: str, **options: Any) -> Registry:
        return Registry(self.directory / store, version_objects=True, **options)
