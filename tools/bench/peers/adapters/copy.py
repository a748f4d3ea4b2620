"""cp, and fsync of the copy: what everything else is measured by."""

from __future__ import annotations

from pathlib import Path

from tools.bench.peers.adapters.commands import output, timed
from tools.bench.peers.install import command
from tools.bench.peers.protocol import Place, Running, Version
from tools.bench.timing import fsync, seconds


class Copy:
    name = "cp"
    label = "cp, fsync"
    how = "cp into a file for each version, then fsync of it; cp back"

    def install(self, place: Place) -> None:
        """Every system has it."""

    def start(self, place: Place) -> Running:
        return _Copy(command("cp", "coreutils"))


class _Copy:
    version = ""

    def __init__(self, cp: str) -> None:
        self._cp = cp

    def prepare(self, store: Path) -> None:
        store.mkdir()

    def save(self, version: Version, store: Path) -> float:
        copy = str(store / str(version.number))

        def act() -> None:
            output([self._cp, str(version.path), copy], store, {})
            fsync(copy)

        return seconds(act)

    def load(self, version: Version, store: Path, target: Path) -> float:
        back = [self._cp, str(store / str(version.number)), str(target / version.path.name)]
        return timed(back, target, {})

    def close(self) -> None:
        """Nothing runs between commands."""
