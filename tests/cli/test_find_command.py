"""``casreg find``"""

from pathlib import Path

import pytest
from running import Cli

from casreg import Registry


@pytest.fixture
def filled(cli: Cli, store: Path) -> None:
    with Registry(store, create=False) as registry:
        registry.save("det/yolo", {"w": 1}, metadata={"loss": 0.4, "stage": "dev"})
        registry.save("det/yolo", {"w": 2}, metadata={"loss": 0.2, "stage": "prod"})
        registry.save("words", "hello")


def test_references_one_per_line_for_other_commands(cli: Cli, filled: None) -> None:
    assert cli("find", "-q").out == "det/yolo@1\ndet/yolo@2\nwords@1\n"
    assert cli("find", "det/*", "--where", "loss<0.3", "-q").out == "det/yolo@2\n"
    assert cli("find", "--class", "str", "--since", "1h", "-q").out == "words@1\n"
    assert cli("find", "--until", "1h", "-q").out == ""


def test_a_table_of_eighty_columns_shows_what_was_asked_for(cli: Cli, filled: None) -> None:
    ran = cli("find", "--where", "loss", "--where", "stage!=x")
    assert ran.out.splitlines()[0].split() == ["version", "class", "size", "created", "loss", "stage"]
    assert ran.out.splitlines()[2].split()[-2:] == ["0.2", "prod"]
    assert max(map(len, ran.out.splitlines())) <= 80


def test_as_json_with_all_facts(cli: Cli, filled: None, store: Path) -> None:
    document = cli("find", "words", "--json").json
    assert document["store"] == str(store)
    (one,) = document["found"]
    assert (one["name"], one["version"], one["class"], one["metadata"]) == ("words", "1", "builtins.str", {})


def test_nothing_found_is_no_error(cli: Cli, filled: None) -> None:
    ran = cli("find", "nobody")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert cli("find", "nobody", "--json").json["found"] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--where", "loss<"], "nothing behind '<'"),
        (["--where", "=3"], "is no condition: write KEY"),
        (["--since", "soon"], "since='soon' is no time: such are"),
        (["words@1"], "is a reference: find takes a name, or a pattern"),
    ],
)
def test_what_cannot_be_looked_for_is_told(cli: Cli, filled: None, words: list[str], told: str) -> None:
    ran = cli("find", *words)
    assert ran.code == 2
    assert told in ran.told
