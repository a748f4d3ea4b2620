"""Processes that save under one name at the same time, and leave the numbers to the Registry.

python -m tools.bench.registry.workers.numbering ASKED STORE EACH
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

NAME = "model"


def count(asked: str, store: str, processes: int, each: int) -> int:
    """How many saves were reported to have worked, of ``processes`` x ``each``; they begin together."""
    command = [sys.executable, "-W", "ignore", "-m", __name__, asked, store, str(each)]
    started = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for _ in range(processes)
    ]
    for process in started:
        assert process.stdout
        while process.stdout.readline().strip() not in ("ready", ""):
            pass  # what the library prints
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0].split() for process in started]
    return sum(int(words[-1]) for words in said if words and words[-1].isdigit())


def main(asked: str, store: str, each: str) -> None:
    """Say ready, wait for a line, save, say how many saves raised nothing."""
    wanted = json.loads(asked)
    registry = import_module(wanted["module"]).Registry(store, **wanted["options"])
    print("ready", flush=True)
    sys.stdin.readline()
    worked = 0
    for number in range(int(each)):
        try:
            registry.save(NAME, {"step": number})
        except Exception:  # noqa: BLE001 - it is counted by what is missing
            continue
        worked += 1
    print(worked, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
