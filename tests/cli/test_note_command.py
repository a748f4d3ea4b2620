"""``casreg note``"""

import json
from pathlib import Path

import pytest
from running import Cli


@pytest.fixture
def saved(cli: Cli, store: Path) -> None:
    cli("save", "a", "-", "--set", "epoch=3", stdin=b"x")


def test_notes_are_made_replaced_removed_and_shown(cli: Cli, saved: None) -> None:
    assert cli("note", "a").out == ""
    ran = cli("note", "a@1", "loss=0.5", "stage=prod", "n=null", 'by="3"', "t=a=b")
    assert ran.code == 0
    assert ran.out.splitlines() == ['by="3"', "loss=0.5", "n=null", 'stage="prod"', 't="a=b"']
    assert cli("note", "a", "loss=0.25", "--remove", "stage", "--remove", "t", "-q").code == 0
    assert cli("note", "a", "--json").json == {
        "reference": "a",
        "notes": {"by": "3", "loss": 0.25, "n": None},
    }
    assert cli("find", "--where", "loss<0.3", "-q").out == "a@1\n"
    assert cli("show", "a", "--json").json["notes"] == {"by": "3", "loss": 0.25, "n": None}
    assert "notes:" in cli("show", "a").out


def test_from_a_file_and_standard_input(cli: Cli, saved: None) -> None:
    Path("notes.json").write_text(json.dumps({"a": {"b": [1]}, "c": 1}))
    assert cli("note", "a", "c=2", "--json-file", "notes.json", "--json").json["notes"] == {
        "a": {"b": [1]},
        "c": 2,
    }
    assert (
        cli("note", "a", "--json-file", "-", "--json", stdin=b'{"d": "\xc3\xa9"}').json["notes"]["d"] == "é"
    )


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["a", "loss"], 2, "loss: write KEY=VALUE"),
        (["a", "=3"], 2, "=3: write KEY=VALUE"),
        (["a", "x=NaN"], 2, "notes.x is nan"),
        (["a", "--json-file", "nowhere"], 2, "nowhere cannot be read: No such file"),
        (["a", "--json-file", "-"], 2, "standard input is not JSON"),
        (["a", "x=1", "--remove", "x"], 2, "x: noted and removed at once"),
        (["a@7", "x=1"], 3, "a has no version 7; it has 1"),
    ],
)
def test_what_cannot_be_noted_is_told(cli: Cli, saved: None, words: list[str], code: int, told: str) -> None:
    ran = cli("note", *words, stdin=b"{")
    assert ran.code == code
    assert told in ran.told
    assert cli("note", "a").out == ""
