"""``casreg verify``"""

import os
from pathlib import Path

from running import Cli


def test_a_directory_that_is_the_version(cli: Cli, store: Path, model: Path) -> None:
    cli("save", "m", "model")
    ran = cli("verify", "m", "model")
    assert (ran.code, ran.out) == (0, "model is m@1: 3 files\n")
    assert cli("verify", "m@1", "model", "-q").out == ""
    assert cli("verify", "m", "model", "--json").json == {
        "name": "m",
        "version": "1",
        "path": "model",
        "equal": True,
        "differences": [],
    }


def test_one_that_is_not_ends_with_code_1_and_a_list(cli: Cli, store: Path, model: Path) -> None:
    cli("save", "m", "model")
    (model / "run.sh").write_text("#!/bin/zsh\n")
    (model / os.fsdecode(b"bell\x07\xff")).write_text("")
    ran = cli("verify", "m", "model")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "extra bell\\x07\\udcff",
        "changed run.sh (11 bytes instead of 10, first in bytes 0 to 10)",
        "not m@1: 2 differences",
    ]
    document = cli("verify", "m", "model", "--json").json
    assert not document["equal"]
    assert document["differences"][1] == {
        "path": "run.sh",
        "kind": "changed",
        "detail": "11 bytes instead of 10, first in bytes 0 to 10",
        "start": 0,
        "stop": 10,
    }
    assert cli("verify", "m", "model", "-q").out.splitlines()[1] == "changed run.sh"


def test_what_cannot_be_compared_is_told(cli: Cli, store: Path, model: Path) -> None:
    cli("save", "m", "model")
    assert (cli("verify", "m", "nowhere").code, cli("verify", "n", "model").code) == (3, 3)
    assert cli("verify", "m", "model/run.sh").told == (
        "model/run.sh is a file, and m@1 has 3 files: give the directory with all of them"
    )
