"""The registries, by the name that ``--tool`` takes: each in an environment under Python 3.12."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from tools.bench.peers.install import environment, make_environment, python
from tools.bench.peers.protocol import NotInstalled, Place
from tools.bench.peers.worker import ROOT, Asked

PYTHON = "3.12"
_NUMPY = "numpy==2.4.1"
_PROGRAM = "tools.bench.registry.workers.program"
OURS = "casreg-none"
"""What targets are for: mindtrace-registry flushes nothing either."""


class Tool(Protocol):
    name: str
    label: str
    how: str
    module: str
    """What users import."""

    def install(self, place: Place) -> None:
        """Raises NotInstalled where that cannot be done."""
        ...

    def python(self, place: Place) -> Path:
        """The interpreter that can import :attr:`module` from the project's folder; raises NotInstalled."""
        ...

    def start(self, place: Place) -> Asked:
        """Raises NotInstalled where it is not set up."""
        ...


class Casreg:
    """This checkout, in an environment with what it depends on; in this interpreter where there is none."""

    module = "casreg"

    def __init__(self, name: str, label: str, durability: str) -> None:
        self.name, self.label, self._durability = name, label, durability
        self.how = f"durability={durability}, all else by default"

    def install(self, place: Place) -> None:
        try:
            make_environment(place, "casreg", python(PYTHON), _dependencies())
        except NotInstalled:
            """This interpreter has what casreg needs; the report says which it was."""

    def python(self, place: Place) -> Path:
        try:
            return environment(place, "casreg", _dependencies())
        except NotInstalled:
            return Path(sys.executable)

    def start(self, place: Place) -> Asked:
        cache = str(place.scratch_for(self.name) / "cache")
        options = {"durability": self._durability, "cache_dir": cache}
        return Asked(self.python(place), _PROGRAM, _asked(self.module, options))


class Mindtrace:
    module = "mindtrace.registry"

    def __init__(self, version: str) -> None:
        self.name, self.label = f"mindtrace-{version}", f"mindtrace-registry {version}"
        self.how = "its local backend, all by default; flushes nothing"
        self._version = version
        parts = ("registry", "core", "storage")
        self._requirements = (*(f"mindtrace-{part}=={version}" for part in parts), _NUMPY)

    def install(self, place: Place) -> None:
        make_environment(place, f"{self.name}-numpy", python(PYTHON), self._requirements)

    def python(self, place: Place) -> Path:
        return environment(place, f"{self.name}-numpy", self._requirements)

    def start(self, place: Place) -> Asked:
        scratch = str(place.scratch_for(self.name))
        homes = {"HOME": scratch, "TMPDIR": scratch}
        return Asked(self.python(place), _PROGRAM, _asked(self.module, {}, self._version), homes)


_TOOLS: tuple[Tool, ...] = (
    Casreg(OURS, "casreg, not flushed", "none"),
    Casreg("casreg", "casreg", "fsync"),
    Mindtrace("0.9.0"),
    Mindtrace("0.16.0"),
)
ALL: dict[str, Tool] = {tool.name: tool for tool in _TOOLS}
PEERS = tuple(name for name, tool in ALL.items() if isinstance(tool, Mindtrace))


def _asked(module: str, options: Mapping[str, Any], version: str = "") -> dict[str, Any]:
    return {"module": module, "options": options, "version": version}


def _dependencies() -> tuple[str, ...]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return (*(one for one in project["dependencies"] if not one.startswith("numpy")), _NUMPY)
