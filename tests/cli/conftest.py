"""The command line, in this process (``cli``) and in a process of its own (``spawn``)."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import CASREG, Cli, Ran
from typer.testing import CliRunner

from casreg import Registry
from casreg.cli.app import app


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the store is to be; an empty directory beside it is the working directory."""
    monkeypatch.setenv("CASREG_STORE", str(tmp_path / "store"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path / "store"


@pytest.fixture
def cli(place: Path) -> Cli:
    """``cli("ls", "--json")`` runs a command in this process."""

    def run(*words: str, stdin: bytes = b"") -> Ran:
        result = CliRunner().invoke(app, list(words), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr, result.stdout_bytes)

    return run


@pytest.fixture
def store(cli: Cli, place: Path) -> Path:
    """A versioned store."""
    assert cli("init").code == 0
    return place


@pytest.fixture
def filled(place: Path) -> Path:
    """A store of a few names, versions and a tag."""
    with Registry(place, version_objects=True, durability="none") as registry:
        registry.save("det/yolo", 1)
        registry.save("det/yolo", 2, tags=["prod"])
        registry.save("det/rcnn", 1)
        registry.save("det/rcnn", 2)
        registry.delete("det/rcnn", "2")
        registry.save("my:model", 1)
        registry.save("tagged", 1, tags=["staging"])
        registry.save("with space", 1)
    return place


@pytest.fixture
def model(place: Path, noise: Callable[..., bytes]) -> Path:
    """A directory of files below the working directory."""
    folder = Path("model")
    (folder / "layers").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(noise(300_000))
    (folder / "layers" / "one.txt").write_text("one\n" * 1000)
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    return folder


@pytest.fixture
def spawn(place: Path) -> Callable[..., "subprocess.Popen[bytes]"]:
    """``spawn("ls", stdin=...)`` starts a command in a process of its own, which Ctrl-C reaches."""

    def start(*words: str, **options: Any) -> "subprocess.Popen[bytes]":
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        # Who runs the tests may have told its children to ignore it.
        listen = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
        return subprocess.Popen(
            [*CASREG, *words],
            env={**os.environ, "TERM": "xterm"},
            preexec_fn=listen,  # noqa: PLW1509  # it only sets a signal handler
            **{**streams, **options},
        )

    return start
