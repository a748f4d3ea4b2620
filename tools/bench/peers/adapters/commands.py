"""Running the command of a tool; its start is part of the time, as it is for whoever uses it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.bench.peers.worker import Failed
from tools.bench.timing import seconds


def timed(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> float:
    """Seconds of a command run in ``folder``. Raises Failed with the last line it said."""
    return seconds(output, arguments, folder, environment)


def output(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        arguments,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing said"]
        raise Failed(f"{arguments[0]}: exit {done.returncode}: {said[-1]}")
    return done.stdout
