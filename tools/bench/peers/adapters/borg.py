"""borg: a deduplicating archiver."""

from __future__ import annotations

from pathlib import Path

from tools.bench.peers.adapters.commands import output, timed
from tools.bench.peers.install import command, make_command
from tools.bench.peers.protocol import Place, Running, Version

_COMMAND, _DEBIAN = "borg", "borgbackup"


class Borg:
    name = "borg"
    label = "borg, zstd,1"
    how = "borg create --compression zstd,1, extract; no encryption; flushes"

    def install(self, place: Place) -> None:
        make_command(_COMMAND, _DEBIAN)

    def start(self, place: Place) -> Running:
        return _Borg(command(_COMMAND, _DEBIAN), place.scratch_for(self.name))


class _Borg:
    def __init__(self, borg: str, base: Path) -> None:
        self._borg = borg
        self._environment = {
            "BORG_BASE_DIR": str(base),
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        }
        self.version = output([borg, "--version"], base, {}).split()[1]

    def prepare(self, store: Path) -> None:
        output([self._borg, "init", "--encryption", "none", str(store)], store.parent, self._environment)

    def save(self, version: Version, store: Path) -> float:
        archive = f"{store}::{version.number}"
        create = [self._borg, "create", "--compression", "zstd,1", archive, version.path.name]
        return timed(create, version.path.parent, self._environment)

    def load(self, version: Version, store: Path, target: Path) -> float:
        return timed([self._borg, "extract", f"{store}::{version.number}"], target, self._environment)

    def close(self) -> None:
        """Nothing runs between commands."""
