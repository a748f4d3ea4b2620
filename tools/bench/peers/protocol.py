"""What a tool must do to be measured: keep versions of a file, and give them back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class NotInstalled(Exception):
    """The tool is not there; the text says how to get it."""


@dataclass(frozen=True)
class Version:
    """One state of one file."""

    path: Path
    """Every version of a file has the same name, in a folder of its own."""
    number: int
    """From 1; a store gets them in order."""
    dtype: str
    """Of the weights in it, ``float32`` or ``bfloat16``, for tools that want to be told."""


class Running(Protocol):
    """A tool at work."""

    version: str

    def prepare(self, store: Path) -> None:
        """Make an empty store at ``store``, which does not exist; not timed."""
        ...

    def save(self, version: Version, store: Path) -> float:
        """Keep the file as the next version; the seconds that took."""
        ...

    def load(self, version: Version, store: Path, target: Path) -> float:
        """Lay the one file of that version anywhere below ``target``, an empty folder; the seconds."""
        ...

    def close(self) -> None: ...


class Tool(Protocol):
    """A tool, perhaps not installed."""

    name: str
    """As ``--tool`` takes it."""
    label: str
    """As tables show it."""
    how: str
    """What of it was measured: settings, and what is on disk when a save is over."""

    def install(self, place: Place) -> None:
        """Set the tool up unless it is there. Raises NotInstalled where that cannot be done."""
        ...

    def start(self, place: Place) -> Running:
        """Raises NotInstalled where it is not set up."""
        ...


@dataclass(frozen=True)
class Place:
    """Where tools live, and where they may leave what they like."""

    cache: Path
    """Outlives the run: virtual environments and packages."""
    scratch: Path
    """Goes with the run: homes, caches and temporary files of the tools; what is there is not counted
    as stored."""

    def scratch_for(self, name: str) -> Path:
        folder = self.scratch / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder
