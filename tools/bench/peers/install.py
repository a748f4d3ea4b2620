"""Setting tools up: virtual environments in the cache, Debian's packages, a Python of another version."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.bench.peers.protocol import NotInstalled, Place

_DONE = "installed.txt"
"""Written last: what an environment holds, so that one half made is made again."""


def make_environment(place: Place, name: str, python: str, requirements: Sequence[str]) -> None:
    """A virtual environment with ``requirements``; nothing to do if it is there with the same ones."""
    folder = place.cache / name
    if _is_done(folder, requirements):
        return
    run([python, "-m", "venv", "--clear", str(folder)])
    run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements])
    (folder / _DONE).write_text("\n".join(requirements))


def environment(place: Place, name: str, requirements: Sequence[str]) -> Path:
    """The interpreter of an environment made before; raises NotInstalled if there is none."""
    folder = place.cache / name
    if not _is_done(folder, requirements):
        raise NotInstalled(
            f"pip install {' '.join(requirements)} in a virtual environment: leave out --no-install"
        )
    return folder / "bin" / "python"


def make_package(place: Place, requirement: str) -> None:
    """The files of one package, without what it depends on."""
    folder = _package_folder(place, requirement)
    if not _is_done(folder, [requirement]):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
        run([*pip, "--target", str(folder), requirement])
        (folder / _DONE).write_text(requirement)


def package(place: Place, requirement: str) -> Path:
    """The folder that the package's modules are in; raises NotInstalled if it is not there."""
    folder = _package_folder(place, requirement)
    if not _is_done(folder, [requirement]):
        raise NotInstalled(f"pip install --no-deps {requirement}: leave out --no-install")
    return folder


def make_command(command: str, debian: str) -> None:
    """A command, from Debian's packages if it is missing and this is root."""
    if shutil.which(command):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise NotInstalled(f"as root: apt-get install {debian}")
    run(["apt-get", "-qq", "update"])
    run(["apt-get", "-qq", "install", "--yes", "--no-install-recommends", debian])


def command(name: str, debian: str) -> str:
    """The path of a command; raises NotInstalled if there is none."""
    found = shutil.which(name)
    if found is None:
        raise NotInstalled(f"apt-get install {debian}")
    return found


def python(version: str) -> str:
    """An interpreter of that version (``3.12``), from PATH or pyenv; raises NotInstalled."""
    candidates = [f"python{version}"]
    if shutil.which("pyenv"):
        known = _output(["pyenv", "versions", "--bare"]).split()
        prefixes = [_output(["pyenv", "prefix", one]) for one in known if one.startswith(version + ".")]
        candidates += [f"{prefix.strip()}/bin/python" for prefix in prefixes]
    for candidate in candidates:
        shown = _output([candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        if shown.strip() == version:
            return candidate
    raise NotInstalled(f"install Python {version}, so that python{version} is on PATH or pyenv has it")


def run(arguments: Sequence[str]) -> None:
    """Raises NotInstalled with the command and the last thing it said."""
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or [""]
        raise NotInstalled(f"{' '.join(arguments)} failed: {said[-1]}")


def _is_done(folder: Path, requirements: Sequence[str]) -> bool:
    note = folder / _DONE
    return note.exists() and note.read_text() == "\n".join(requirements)


def _package_folder(place: Place, requirement: str) -> Path:
    return place.cache / requirement.partition("==")[0]


def _output(arguments: Sequence[str]) -> str:
    """What a command prints, nothing if it cannot be run."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""
