"""Functions run in an interpreter of their own: on chosen cores, or with a memory to be measured.

python -m tools.bench.child MODULE FUNCTION '{"keyword": "argument"}'
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def in_child(function: Callable[..., Any], *, cores: int | None = None, **kwargs: Any) -> Any:
    """What ``function(**kwargs)``, of a module's top level, returns in a new process; both as JSON.

    ``cores``: how many cores the process may run on, where the system can tell it so.
    """
    asked = json.dumps({"cores": cores, "kwargs": kwargs})
    command = [sys.executable, "-m", __name__, function.__module__, function.__qualname__, asked]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main(module: str, function: str, asked: str) -> None:
    request = json.loads(asked)
    if request["cores"] and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: request["cores"]])
    result = getattr(import_module(module), function)(**request["kwargs"])
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
