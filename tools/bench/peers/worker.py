"""A library at work in an interpreter of its own, asked line by line (see workers.serving)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.bench.peers.protocol import Version

ROOT = Path(__file__).parents[3]


class Failed(Exception):
    """A tool could not do what it was asked."""


class Asked:
    """One process for the whole run: imports and warm-up are not timed."""

    def __init__(
        self,
        python: str | Path,
        module: str,
        options: Mapping[str, Any],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """``module``: the whole name of one that serves, its first argument ``options`` as JSON."""
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", "-m", module, json.dumps(options)],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.version: str = self.ask("version")["returned"]

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """``seconds`` that it took, and what it ``returned``. Raises Failed with what it says instead."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            print(json.dumps([verb, arguments]), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise Failed("its process ended") from None
        line = self._process.stdout.readline()
        if not line:
            raise Failed("its process ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Worker(Asked):
    """One that keeps versions of a file."""

    def prepare(self, store: Path) -> None:
        self.ask("prepare", store=str(store))

    def save(self, version: Version, store: Path) -> float:
        return float(self.ask("save", store=str(store), **_words(version))["seconds"])

    def load(self, version: Version, store: Path, target: Path) -> float:
        asked = {"store": str(store), "target": str(target), **_words(version)}
        return float(self.ask("load", **asked)["seconds"])


def _words(version: Version) -> dict[str, Any]:
    return {"source": str(version.path), "number": version.number, "dtype": version.dtype}
