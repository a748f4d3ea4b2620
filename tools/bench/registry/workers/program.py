"""One program for every Registry: only what it imports differs, and how a Registry is made.

Its first argument: {"module": "casreg", "options": {"durability": "none"}}.
"""

from __future__ import annotations

import json
import platform
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from tools.bench.peers.workers.serving import serve
from tools.bench.registry.workers import numbering
from tools.bench.registry.workers.tasks import TASKS, Task

ASKED = json.loads(sys.argv[1])
Registry = import_module(ASKED["module"]).Registry

_task: list[Task] = []


def version() -> str:
    found = ASKED["version"] or sys.modules[ASKED["module"]].__version__
    return f"{found}, {platform.python_implementation()} {platform.python_version()}"


def begin(task: str, folder: str, sizes: dict[str, Any]) -> str:
    """A task in an empty folder, all made that is not timed; what is to be said of it beside its figures."""
    end()
    made = TASKS[task](lambda name: _registry(f"{folder}/{name}"), Path(folder), **sizes)
    _task.append(made)
    return made.note


def step(name: str) -> None:
    getattr(_task[0], name)()


def check() -> None:
    """Raises AssertionError if what was loaded, or told, is not what was saved."""
    _task[0].check()


def end() -> None:
    """Forget the task, and what it holds in memory."""
    _task.clear()


def count(folder: str, mutable: bool, processes: int, each: int) -> list[int]:
    """Saves that were reported to have worked (see numbering), and versions that are there."""
    store = f"{folder}/store"
    registry = _registry(store, mutable=mutable)
    reported = numbering.count(sys.argv[1], store, processes, each)
    return [reported, len(registry.list_versions(numbering.NAME))]


def _registry(store: str, **options: Any) -> Any:
    return Registry(store, version_objects=True, **options, **ASKED["options"])


if __name__ == "__main__":
    serve(version=version, begin=begin, step=step, check=check, end=end, count=count)
