"""What people see on a terminal, and programs do not."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Cli

Spawn = Callable[..., "subprocess.Popen[bytes]"]


def on_a_terminal(spawn: Spawn, *words: str, stdin: bytes = b"", both: bool = False, code: int = 0) -> bytes:
    """What the command writes to standard error, a terminal; ``both``: to standard output, too."""
    ours, theirs = os.openpty()
    process = spawn(*words, stderr=theirs, **({"stdout": theirs} if both else {}))
    os.close(theirs)
    assert process.stdin is not None
    process.stdin.write(stdin)
    process.stdin.close()
    process.stdin = None
    seen = b""
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    process.communicate()
    assert process.returncode == code
    return seen


def test_a_terminal_sees_progress_unless_it_is_not_wanted(
    store: Path, spawn: Spawn, noise: Callable[..., bytes]
) -> None:
    data = noise(1 << 20)
    assert b"saving a" in on_a_terminal(spawn, "save", "a", "-", stdin=data)
    assert on_a_terminal(spawn, "save", "a", "-", "--quiet", stdin=data) == b""
    assert on_a_terminal(spawn, "save", "a", "-", "--json", stdin=data) == b""


def test_lines_are_folded_between_words_on_a_terminal_only(
    cli: Cli, store: Path, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "44")
    cli("save", "a", "-", "--set", f"why={'so much to say ' * 5}", stdin=b"x")
    cli("protect", "a@1")
    shown = on_a_terminal(spawn, "show", "a", both=True).decode().splitlines()
    stored, more = next(shown[i : i + 2] for i, line in enumerate(shown) if line.startswith("stored "))
    assert stored.endswith(" with this version; 1 chunk in")
    assert more.startswith(" " * 9 + "1 pack of ")
    assert [line for line in shown if "say" in line] == [
        '  "why": "so much to say so much to say so',
        "    much to say so much to say so much to",
        '    say "',
    ]
    refused = on_a_terminal(spawn, "tag", "a", "latest", code=2).decode().splitlines()
    assert all(len(line) <= 44 for line in refused)
    assert len(refused) > 1
    assert all(line[:2] == "  " for line in refused[1:])
    assert " ".join(line.strip() for line in refused) == f"casreg: {cli('tag', 'a', 'latest').told}"
    missing = on_a_terminal(spawn, "ls", "--store", "no where", code=3).decode().splitlines()
    assert missing[-1] == f"  `casreg init '{Path('no where').absolute()}'`"  # to be copied as a whole


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ls", "--store", "new"], "nothing is saved here yet: `casreg save NAME PATH` does"),
        (["find", "--tag", "no"], "no version is like that"),
        (["note", "a"], "nothing is noted of a: `casreg note a KEY=VALUE` does"),
        (["tag", "a"], "a has no tags: `casreg tag a@VERSION TAG` gives one"),
    ],
)
def test_nothing_is_told_to_people_only(
    cli: Cli, store: Path, spawn: Spawn, words: list[str], told: str
) -> None:
    cli("save", "a", "-", stdin=b"x")
    cli("init", "new")
    assert on_a_terminal(spawn, *words).decode() == f"{told}\r\n"
    assert on_a_terminal(spawn, *words, "-q") == b""
    ran = cli(*words)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize("columns", [80, 74, 30])
def test_times_and_numbers_are_not_broken_where_there_is_room(
    cli: Cli, store: Path, spawn: Spawn, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    name = "a-name/of/many-characters-that/is-folded-first"
    cli("save", name, "-", "--tag", "candidate", "--tag", "a-tag-that-is-long", stdin=b"x" * 2000)
    created = re.search(r"[-0-9]{10} [0-9:]{8}", cli("ls", name).out)
    assert created
    for words in (["ls", name], ["find"], ["history", name], ["stats", name]):
        shown = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(spawn, *words, both=True).decode()).splitlines()
        if columns > 30:
            assert max(map(len, shown)) <= columns, words
            assert any(created[0] in line for line in shown), words
        else:
            assert set(created[0]) <= set("".join(shown)), words  # folded, and not cut off


def test_the_bar_is_one_line_however_long_a_name_is(
    store: Path, spawn: Spawn, noise: Callable[..., bytes]
) -> None:
    seen = on_a_terminal(spawn, "save", "n" * 150, "-", stdin=noise(1 << 20)).decode()
    last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen).rsplit("saving", 1)[1]
    assert "\u2026 \u2501" in last  # its end is left out, and a bar follows
    assert len(f"saving{last.partition(chr(13))[0].rstrip()}") <= 80


def test_what_streams_to_a_terminal_is_not_mixed_with_progress(cli: Cli, store: Path, spawn: Spawn) -> None:
    cli("save", "a", "-", stdin=b"only this")
    assert on_a_terminal(spawn, "load", "a", "-", both=True) == b"only this"
    assert b"loading a@1" in on_a_terminal(spawn, "load", "a", "-")
