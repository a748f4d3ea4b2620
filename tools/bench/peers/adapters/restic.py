"""restic: a deduplicating, encrypting backup program."""

from __future__ import annotations

from pathlib import Path

from tools.bench.peers.adapters.commands import output, timed
from tools.bench.peers.install import command, make_command
from tools.bench.peers.protocol import Place, Running, Version

_COMMAND, _DEBIAN = "restic", "restic"


class Restic:
    name = "restic"
    label = "restic"
    how = "restic backup --compression auto, restore; encrypts always; flushes"

    def install(self, place: Place) -> None:
        make_command(_COMMAND, _DEBIAN)

    def start(self, place: Place) -> Running:
        return _Restic(command(_COMMAND, _DEBIAN), place.scratch_for(self.name))


class _Restic:
    def __init__(self, restic: str, scratch: Path) -> None:
        self._restic = [restic, "--quiet", "--cache-dir", str(scratch), "--compression", "auto"]
        self._environment = {"RESTIC_PASSWORD": "a benchmark has no secrets"}
        self.version = output([restic, "version"], scratch, {}).split()[1]

    def prepare(self, store: Path) -> None:
        output([*self._on(store), "init"], store.parent, self._environment)

    def save(self, version: Version, store: Path) -> float:
        backup = ["backup", "--tag", str(version.number), version.path.name]
        return timed([*self._on(store), *backup], version.path.parent, self._environment)

    def load(self, version: Version, store: Path, target: Path) -> float:
        restore = ["restore", "latest", "--tag", str(version.number), "--target", str(target)]
        return timed([*self._on(store), *restore], target, self._environment)

    def close(self) -> None:
        """Nothing runs between commands."""

    def _on(self, store: Path) -> list[str]:
        return [*self._restic, "--repo", str(store)]
