"""``casreg rm``"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from running import Cli


@pytest.fixture
def filled(cli: Cli, store: Path) -> None:
    for _ in range(3):
        cli("save", "a", "-", stdin=b"x")
    cli("save", "b", "-", stdin=b"x")


def left(cli: Cli) -> list[str]:
    names = cli("ls", "-q").out.splitlines()
    return [line for name in names for line in cli("ls", name, "-q").out.splitlines()]


def test_versions_are_deleted(cli: Cli, filled: None) -> None:
    ran = cli("rm", "a@1", "a@3")
    assert (ran.code, ran.out) == (0, "deleted a@1\ndeleted a@3\n")
    assert left(cli) == ["a@2", "b@1"]


def test_that_a_version_is_not_there_is_success(cli: Cli, filled: None) -> None:
    ran = cli("rm", "a@9")
    assert (ran.code, ran.out) == (0, "a@9: nothing there\n")
    cli("rm", "a@1")
    assert cli("rm", "a@1", "a@2", "--json").json == {"deleted": ["a@2"], "absent": ["a@1"]}


def test_a_bare_name_needs_all_without_a_terminal(cli: Cli, filled: None) -> None:
    refused = cli("rm", "b@1", "a")
    assert refused.code == 2
    assert "--all" in refused.told
    assert left(cli) == ["a@1", "a@2", "a@3", "b@1"]
    assert cli("rm", "a", "--all", "-q").out == "a@1\na@2\na@3\n"
    assert left(cli) == ["b@1"]


def test_a_name_that_is_not_there_is_told_before_anything_is_deleted(cli: Cli, filled: None) -> None:
    assert cli("rm", "a@1", "nobody", "--all").code == 3
    assert cli("rm", "a@1", "a@latest").code == 2
    assert left(cli) == ["a@1", "a@2", "a@3", "b@1"]


def test_a_digest_selects_what_is_deleted(cli: Cli, filled: None) -> None:
    digest = cli("show", "a@2", "--json").json["digest"]
    assert cli("rm", f"a@{digest}").code == 0
    assert left(cli) == ["a@1", "a@3", "b@1"]


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """(our end, the command's end)"""
    ours, theirs = os.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize(("answer", "code", "versions"), [(b"n\n", 1, 3), (b"\n", 1, 3), (b"y\n", 0, 0)])
def test_on_a_terminal_a_question_comes_first(
    cli: Cli,
    filled: None,
    spawn: Callable[..., "subprocess.Popen[bytes]"],
    terminal: tuple[int, int],
    answer: bytes,
    code: int,
    versions: int,
) -> None:
    ours, theirs = terminal
    process = spawn("rm", "a", stdin=theirs, stderr=theirs)
    asked = b""
    while b"[y/N]" not in asked:
        asked += os.read(ours, 1000)
    assert b"3 versions of a" in asked
    os.write(ours, answer)
    process.communicate()
    assert process.returncode == code
    assert len([line for line in left(cli) if line.startswith("a@")]) == versions


def test_an_interrupt_of_the_question_is_told_on_a_line_of_its_own(
    cli: Cli,
    filled: None,
    spawn: Callable[..., "subprocess.Popen[bytes]"],
    terminal: tuple[int, int],
) -> None:
    ours, theirs = terminal
    process = spawn("rm", "a", stdin=theirs, stderr=theirs)
    said = b""
    while b"[y/N] " not in said:
        said += os.read(ours, 1000)
    while process.poll() is None:  # one that comes just before the answer is read does not end the reading
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
    process.communicate()
    said += os.read(ours, 1000)
    assert said.endswith(b"[y/N] \r\ncasreg: interrupted; nothing was deleted\r\n")
    assert len(left(cli)) == 4
