"""Long runs of coverage-guided fuzzing over the table of parsers, each in a process of its own.

    pip install casreg[fuzz]
    python -m tools.fuzz [--only PARSER] [--seconds N] [--corpus FOLDER]

Every run begins with the good input of the table; what reaches new code is kept in the folder, and gone on
from. What no parser may do ends a run, and more than 10 seconds or 1 GiB for 4 KiB of input does, too. Its
input is printed, to become an example in ``tests/hostile/test_parsers.py``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.fuzz.target import Target
from tools.fuzz.targets import BY_NAME

LARGEST = 4096
"""Bytes of an input."""
MEMORY = 1024
"""MiB that a target may take."""
SLOW = 10
"""Seconds that one input may take."""


def main() -> int:
    """Exit code 0 if nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", choices=sorted(BY_NAME), help="a parser; may be repeated")
    parser.add_argument("--seconds", type=int, default=60, help="for each parser (%(default)s)")
    parser.add_argument("--corpus", type=Path, help="where what was learnt is kept; nowhere by default")
    given = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as place:
        for name in given.only or BY_NAME:
            bad += _run(BY_NAME[name], (given.corpus or Path(place)) / name, given.seconds)
    return 1 if bad else 0


def _run(target: Target, corpus: Path, seconds: int) -> bool:
    """Whether something was found."""
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    with tempfile.TemporaryDirectory() as crashes:
        run = subprocess.run(
            [
                sys.executable,
                *("-m", "tools.fuzz.inside", target.name),
                *(f"-max_total_time={seconds}", f"-max_len={LARGEST}", f"-rss_limit_mb={MEMORY}"),
                *(f"-timeout={SLOW}", f"-artifact_prefix={crashes}/", "-print_final_stats=1"),
                str(corpus),
            ],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        found = [path.read_bytes() for path in sorted(Path(crashes).iterdir())]
    tried = next((line.split()[-1] for line in run.stderr.splitlines() if "executed_units" in line), "?")
    kept = len(list(corpus.iterdir()))
    state = "nothing found" if not run.returncode else f"FOUND (exit code {run.returncode})"
    print(f"{target.name:16} {tried:>10} inputs {kept:>6} kept   {state}", flush=True)
    if run.returncode:
        print(run.stdout[-3000:], run.stderr[-3000:], *map(repr, found), sep="\n", flush=True)
    return bool(run.returncode)


if __name__ == "__main__":
    sys.exit(main())
