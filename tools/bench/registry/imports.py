"""How long a fresh interpreter takes to import the package, and to have its Registry."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tools.bench.peers.worker import ROOT
from tools.bench.registry.results import Figure, Row
from tools.bench.timing import in_turns

_TIMED = "from time import perf_counter; start = perf_counter(); {}; print(perf_counter() - start)"


def measure(pythons: Mapping[str, tuple[Path, str]], rounds: int) -> list[Row]:
    """``pythons``: each tool's interpreter, and what it imports."""
    for python in {python for python, module in pythons.values() if module == "casreg"}:
        _compile(python)
    asked = {"import the package": "import {}", "import Registry": "from {} import Registry"}
    return [
        Row(f"{label}, a fresh interpreter", 1.0, 1, _taken(code, pythons, rounds))
        for label, code in asked.items()
    ]


def _compile(python: Path) -> None:
    """Give the checkout the bytecode that pip gives to what it installs, the peers among it."""
    compiled = [str(python), "-m", "compileall", "-q", str(ROOT / "casreg")]
    subprocess.run(compiled, capture_output=True, check=True)


def _taken(code: str, pythons: Mapping[str, tuple[Path, str]], rounds: int) -> dict[str, Figure]:
    runs = {
        name: partial(_imported, python, code.format(module)) for name, (python, module) in pythons.items()
    }
    taken = in_turns(rounds, warm_up=True, **runs)
    return {name: Figure(seconds) for name, seconds in taken.items()}


def _imported(python: Path, code: str) -> float:
    """The seconds of the import alone, not those of the interpreter's start."""
    done = subprocess.run(
        [str(python), "-W", "ignore", "-c", _TIMED.format(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])
