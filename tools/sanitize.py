"""Tests upon a kernel that is watched while it runs: ``python -m tools.sanitize [arguments of pytest]``.

Builds the compiled loops of the codecs with gcc's sanitizers of addresses and of undefined behaviour, into a
copy of the package that is gone afterwards, and runs pytest upon that: by default the tests of the codecs and
of hostile chunks. Any read or write beside a buffer, any shift or sum that C leaves undefined, ends the run
with a report. Needs Linux, gcc and Python's headers. With ``HYPOTHESIS_PROFILE=nightly`` it looks at more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parent.parent
KERNEL: Final = Path("casreg", "codecs", "_kernel.c")
TESTS: Final = ("tests/codecs", "tests/hostile/test_chunk_attacks.py")
FLAGS: Final = (
    *("-std=c11", "-O1", "-g", "-fno-omit-frame-pointer", "-shared", "-fPIC"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
)


def main(arguments: list[str]) -> int:
    """pytest's exit code, or that of a sanitizer that found something."""
    with TemporaryDirectory() as folder:
        environment = os.environ | watching(Path(folder))
        build(Path(folder))
        options = ["-n0", "-p", "no:cacheprovider", "--capture=sys"]  # reports are written past sys
        command = [sys.executable, "-m", "pytest", *options, *(arguments or TESTS)]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def build(folder: Path) -> None:
    """The package below ``folder``, with a kernel that is watched."""
    shutil.copytree(
        ROOT / "casreg", folder / "casreg", ignore=shutil.ignore_patterns("_kernel.*.so", "__pycache__")
    )
    target = (folder / KERNEL).with_suffix(".abi3.so")
    include = sysconfig.get_path("include")
    subprocess.run(["gcc", *FLAGS, f"-I{include}", str(ROOT / KERNEL), "-o", str(target)], check=True)


def watching(folder: Path) -> dict[str, str]:
    """What Python needs to be told to load that kernel, and to let it be watched."""
    return {
        "CASREG_KERNEL": "1",
        "LD_PRELOAD": " ".join(_library(name) for name in ("libasan.so", "libubsan.so")),
        "ASAN_OPTIONS": "detect_leaks=0",  # Python keeps what it has until it ends
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",  # in Python's own arenas small buffers lie side by side
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "PYTHONSAFEPATH": "1",  # or the package in the current folder would come first
    }


def _library(name: str) -> str:
    told = subprocess.run(["gcc", f"-print-file-name={name}"], check=True, capture_output=True, text=True)
    return told.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
