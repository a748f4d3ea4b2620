"""What a tabulator makes of a line that somebody types into a real shell, on a terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running import environment, require

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(casreg completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'autoload -Uz compinit; compinit -uD; eval "$(casreg completion zsh)"'),
}


@contextmanager
def started(words: list[str], variables: dict[str, str]) -> Iterator[int]:
    """A process on a terminal of its own; the terminal's other end."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(words[0], words, variables)
    try:
        yield terminal
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def read(terminal: int, pattern: str) -> str:
    """What comes until ``pattern`` does; its group."""
    text, end = "", time.monotonic() + 20
    while not (found := re.search(pattern, text)):
        assert select.select([terminal], [], [], end - time.monotonic())[0], text
        text += os.read(terminal, 1 << 16).decode(errors="replace")
    return found[1]


def completed(shell: str, line: str, tmp_path: Path) -> str:
    """``line`` and a tabulator are typed; the words that the shell would then run, told by its own echo."""
    words, setup = SHELLS[shell]
    variables = {**environment(tmp_path), "TERM": "xterm", "PS1": "ready> ", "HOME": str(tmp_path)}
    with started(words, variables) as terminal:
        read(terminal, "(ready> )")
        os.write(terminal, f"{setup}; echo set''up\n".encode())
        read(terminal, "(setup\r\n)")
        os.write(terminal, f"{line}\t\x01echo is: \n".encode())  # control and a: to the front
        return read(terminal, r"[\r\n]is: ([^\r\n]*)\r").rstrip()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("casreg verif", "casreg verify"),
        ("casreg show det/y", "casreg show det/yolo"),
        ("casreg show det/yolo@p", "casreg show det/yolo@prod"),
        ("casreg show my:model@", "casreg show my:model@1"),
        ("casreg show with\\ space@", "casreg show with space@1"),
        ('casreg show "with space@', "casreg show with space@1"),
        ("casreg show --base=det/rcnn@", "casreg show --base=det/rcnn@"),
        ("casreg save x . --base=det/rcnn@", "casreg save x . --base=det/rcnn@1"),
    ],
)
def test_a_tabulator_completes_the_word(
    filled: Path, tmp_path: Path, shell: str, line: str, words: str
) -> None:
    require(shell)
    assert completed(shell, line, tmp_path) == words


def test_fish_offers_the_same(filled: Path, tmp_path: Path) -> None:
    require("fish")
    script = "casreg completion fish | source; complete --do-complete 'casreg show det/yolo@'"
    ran = subprocess.run(
        ["fish", "--no-config", "-c", script],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(ran.stdout.split()) == ["det/yolo@1", "det/yolo@2", "det/yolo@prod"]
