"""What only a process of its own can show: signals, pipes, imports."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import CASREG, Cli

Spawn = Callable[..., "subprocess.Popen[bytes]"]


def feed(process: "subprocess.Popen[bytes]", data: bytes) -> None:
    """Returns when the process has read all of ``data`` but what a pipe holds: it is busy saving."""
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.flush()


def test_an_interrupted_save_saves_nothing(
    cli: Cli, store: Path, spawn: Spawn, noise: Callable[..., bytes]
) -> None:
    process = spawn("save", "endless", "-")
    feed(process, noise(80 << 20))  # beyond a pack: uploads are under way
    process.send_signal(signal.SIGINT)
    code = process.wait()
    assert process.stdout is not None
    assert process.stderr is not None
    told = process.stderr.read()
    assert (code, process.stdout.read()) == (130, b"")
    assert told == b"casreg: interrupted; nothing was saved\n"
    assert cli("ls", "--json").json["names"] == []
    assert cli("doctor").code == 0
    for stream in (process.stdin, process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def test_an_interrupt_is_told_as_json(store: Path, spawn: Spawn, noise: Callable[..., bytes]) -> None:
    process = spawn("save", "endless", "-", "--json")
    feed(process, noise(1 << 20))
    process.send_signal(signal.SIGINT)
    process.wait()
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None
    out, err = process.communicate()
    assert (process.returncode, out) == (130, b"")
    assert json.loads(err)["error"] == "interrupted"


def test_an_interrupted_load_ends_with_one_line(
    cli: Cli, store: Path, spawn: Spawn, noise: Callable[..., bytes]
) -> None:
    cli("save", "big", "-", stdin=noise(4 << 20))
    process = spawn("load", "big", "-")
    assert process.stdout is not None
    assert process.stdout.read(1000) == noise(4 << 20)[:1000]  # now it waits for its reader
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert err == b"casreg: interrupted\n"


def test_an_interrupted_demo_leaves_nothing_behind(
    place: Path, spawn: Spawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    process = spawn("demo")
    assert process.stdout is not None
    while b"loss" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, b"casreg: interrupted\n")
    assert not list(temporary.iterdir())


def test_streams_go_through_pipes_unchanged(store: Path, spawn: Spawn, noise: Callable[..., bytes]) -> None:
    data = noise(12 << 20, 7)
    saving = spawn("save", "stream", "-", "-q")
    assert saving.communicate(data) == (b"stream@1\n", b"")
    loading = spawn("load", "stream", "-")
    assert loading.communicate() == (data, b"")
    assert loading.returncode == 0


@pytest.mark.parametrize("words", [["load", "big", "-"], ["show", "big", "--json"]])
def test_a_reader_who_leaves_ends_it_quietly(
    cli: Cli, store: Path, spawn: Spawn, noise: Callable[..., bytes], words: list[str]
) -> None:
    cli("save", "big", "-", stdin=noise(4 << 20))
    reading, writing = os.pipe()
    os.close(reading)
    process = spawn(*words, stdout=writing)
    os.close(writing)
    _, err = process.communicate()
    assert err == b""
    assert process.returncode == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_below_standard_output_is_told(cli: Cli, store: Path, spawn: Spawn) -> None:
    cli("save", "a", "-", stdin=b"x")
    for words in (["load", "a", "-"], ["ls"]):
        with open("/dev/full", "wb") as full:
            process = spawn(*words, stdout=full)
            _, err = process.communicate()
        assert process.returncode == 9
        assert err.startswith(b"casreg: ")
        assert err.count(b"\n") == 1


def test_without_a_terminal_there_is_nothing_on_standard_error(
    store: Path, model: Path, spawn: Spawn
) -> None:
    for words in (["save", "a", "model"], ["load", "a"], ["checkout", "a", "copy"], ["show", "a"]):
        process = spawn(*words)
        out, err = process.communicate()
        assert (process.returncode, err) == (0, b"")
        assert b"\x1b" not in out


def test_what_the_output_cannot_say_is_escaped(cli: Cli, store: Path) -> None:
    cli("save", "模型", "-", stdin=b"x")
    for words in (["ls", "-q"], ["ls"], ["show", "模型"]):
        ran = subprocess.run(
            [*CASREG, *words],
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            check=True,
        )
        assert (b"\\u6a21\\u578b" in ran.stdout, ran.stderr) == (True, b"")


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("ls >&-", 8, "standard output is closed, nothing was done: give it /dev/null instead"),
        ("save b - >&-", 8, "standard output is closed, nothing was done: give it /dev/null instead"),
        ("save b - <&-", 2, "standard input is closed"),
        ("note a --json-file - <&-", 2, "standard input is closed"),
        ("rm a <&-", 2, "a has 1 version: name one, or add --all to delete every one"),
        ("show nobody 2>&-", 3, ""),
        ("show nobody <&- 2>&-", 3, ""),
        ("ls <&- >&- 2>&-", 8, ""),
    ],
)
def test_streams_that_are_closed_are_told(cli: Cli, store: Path, line: str, code: int, told: str) -> None:
    cli("save", "a", "-", stdin=b"x")
    casreg = shlex.join(CASREG)
    ran = subprocess.run(["bash", "-c", f"{casreg} {line}"], input=b"new", capture_output=True, check=False)
    assert (ran.returncode, ran.stdout) == (code, b"")
    assert ran.stderr.decode() == (f"casreg: {told}\n" if told else "")
    assert cli("ls", "-q").out == "a\n"


def loaded_by(*words: str) -> set[str]:
    code = (
        "import sys\nfrom casreg.cli.app import app\n"
        f"try:\n    app({list(words)!r})\nexcept SystemExit as end:\n    assert not end.code\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stderr.split())


def test_help_loads_no_part_of_the_machinery(place: Path) -> None:
    assert not loaded_by("--help") & {
        "numpy",
        "blake3",
        "pydantic",
        "zstandard",
        "casreg.registry",
        "rich.table",
    }


def test_listing_loads_no_numpy(cli: Cli, store: Path) -> None:
    cli("save", "a", "-", stdin=b"x")
    assert "numpy" not in loaded_by("ls")


def test_the_console_script_is_installed() -> None:
    from importlib.metadata import entry_points

    (script,) = [entry for entry in entry_points(group="console_scripts") if entry.name == "casreg"]
    main: Any = script.load()
    assert main.__module__ == "casreg.cli"
    assert CASREG[0] == sys.executable
