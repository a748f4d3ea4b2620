"""``casreg copy`` and ``casreg mirror``"""

from pathlib import Path

import pytest
from running import Cli

from casreg import Registry


@pytest.fixture
def filled(cli: Cli, store: Path, model: Path) -> None:
    assert cli("save", "det/m", "model").code == 0
    assert cli("save", "words", "-", stdin=b"hello").code == 0
    assert cli("init", "backup").code == 0


def test_a_version_is_copied_once(cli: Cli, filled: None) -> None:
    ran = cli("copy", "det/m", "--to", "backup")
    assert ran.out.startswith("copied det/m@1 to backup, 29")
    assert ran.out.endswith(" KiB moved\n")
    assert cli("copy", "det/m", "--to", "backup").out == "det/m@1 is at backup already\n"
    document = cli("copy", "words", "--to", "backup", "--as", "other/words@2.0", "--json").json
    assert document["store"] == str(Path("backup").absolute())
    assert (document["name"], document["version"], document["present"]) == ("other/words", "2.0", False)
    assert cli("copy", "words", "--to", "backup", "--as", "b", "-q").out == "b@1\n"
    assert cli("load", "other/words", "-", "--store", "backup").out == "hello"


def test_what_cannot_be_copied_is_told(cli: Cli, filled: None) -> None:
    told = cli("copy", "word", "--to", "backup").told
    assert told.endswith("/store: did you mean words?")  # there, and not where it goes
    elsewhere = Path("no where").absolute()
    assert f"`casreg init '{elsewhere}'`" in cli("copy", "words", "--to", "no where").told
    assert not elsewhere.exists()
    assert cli("copy", "words@9", "--to", "backup").code == 3
    assert (
        cli("copy", "words", "--to", "backup", "--as", "x@prod").told
        == "--as x@prod: a NAME, or NAME@VERSION"
    )
    cli("save", "words", "-", "--store", "backup", stdin=b"theirs")
    ran = cli("copy", "words", "--to", "backup")
    assert (ran.code, "under another name or version" in ran.told) == (4, True)
    assert cli("copy", "words").code == 2


def test_a_mirror_says_first_what_it_would_do(cli: Cli, filled: None) -> None:
    lines = cli("mirror", "--to", "backup", "--dry-run").out.splitlines()
    assert lines[:2] == ["would copy det/m@1", "would copy words@1"]
    assert lines[2].startswith("2 versions to be copied to backup, 29")
    assert cli("ls", "--store", "backup", "-q").out == ""
    planned = cli("mirror", "--to", "backup", "--dry-run", "--json").json
    done = cli("mirror", "--to", "backup", "--json").json
    assert [(c["name"], c["digest"]) for c in planned["copies"]] == [
        (c["name"], c["digest"]) for c in done["copied"]
    ]
    assert planned["bytes"] == done["bytes"] > 290_000
    assert cli("mirror", "--to", "backup").out == "0 versions copied to backup, 0 B moved; 2 there already\n"


def test_names_and_delete(cli: Cli, filled: None) -> None:
    cli("save", "det/old", "-", "--store", "backup", stdin=b"x")
    assert cli("mirror", "--to", "backup", "det/*", "-q").out == "det/m@1\n"
    lines = cli("mirror", "--to", "backup", "det/*", "--delete", "--dry-run").out.splitlines()
    assert lines[0] == "would delete det/old@1"
    assert cli("mirror", "--to", "backup", "det/*", "--delete").out.splitlines()[0] == "deleted det/old@1"
    assert cli("mirror", "--to", "backup", "nobody").code == 3


def test_versions_that_differ_or_are_damaged_are_told_when_all_others_are_copied(
    cli: Cli, filled: None, store: Path
) -> None:
    cli("save", "words", "-", "--store", "backup", stdin=b"theirs")
    ran = cli("mirror", "--to", "backup")
    assert ran.code == 4
    assert "copied det/m@1" in ran.out
    assert "not copied: words@1 is another version there (sha256:" in ran.out
    cli("save", "bad", "model")
    with Registry(store) as registry, registry.open("bad") as snapshot:
        registry.backend.remove(snapshot.packs[-1].sha256.key)
    ran = cli("mirror", "--to", "backup", "bad", "--json")
    assert (ran.code, ran.json["failures"][0]["error"]) == (7, "corrupt")
