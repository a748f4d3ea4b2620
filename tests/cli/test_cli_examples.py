"""The examples in the help texts are true: they run, in order."""

import inspect
import os
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from running import Cli

from casreg.cli.commands import COMMANDS

OLD_STORE = Path(__file__).parent.parent / "mindtrace" / "registry-0.9.0.zip"


def examples(name: str) -> list[str]:
    """The command lines below ``Example:`` in a command's docstring."""
    _, found, text = inspect.cleandoc(COMMANDS[name].__doc__ or "").partition("Example:\n")
    assert found
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_how_it_is_used(cli: Cli, name: str) -> None:
    lines = examples(name)
    assert lines
    assert all(f"casreg {name}" in line for line in lines)
    shown = cli(name, "--help").out
    assert all(f"\n      {line}\n" in shown for line in lines)


def test_all_examples_run_in_order(cli: Cli, model: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(OLD_STORE) as old:
        old.extractall("old-registry")
    path = f"{script(tmp_path / 'bin')}{os.pathsep}{os.environ['PATH']}"
    for line in [line for name in COMMANDS for line in examples(name)]:
        if "|" in line:
            ran = subprocess.run(
                ["sh", "-c", line],
                env={**os.environ, "PATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            assert (ran.returncode, ran.stderr) == (0, ""), line
        else:
            done = cli(*shlex.split(line)[1:])
            assert (done.code, done.err) == (0, ""), line
    assert (Path("restored") / "det" / "yolo@2.0" / "weights.bin").exists()


def script(folder: Path) -> Path:
    """A directory with ``casreg`` for a shell, whether or not it is installed where the shell looks."""
    folder.mkdir()
    (folder / "casreg").write_text(f"#!{sys.executable}\nfrom casreg.cli import main\nmain()\n")
    (folder / "casreg").chmod(0o755)
    return folder
