"""``casreg rename``"""

from pathlib import Path

from running import Cli


def test_a_name_is_given_another_one(cli: Cli, store: Path) -> None:
    for _ in range(2):
        cli("save", "a", "-", stdin=b"x")
    digest = cli("show", "a@1", "--json").json["digest"]
    ran = cli("rename", "a", "b/c")
    assert (ran.code, ran.out) == (0, "a is b/c now: 2 versions\n")
    assert cli("ls", "-q").out == "b/c\n"
    assert cli("show", "b/c@1", "--json").json["digest"] == digest
    assert cli("rename", "b/c", "a", "--json").json == {"name": "a", "renamed": "b/c", "versions": ["1", "2"]}
    assert cli("rename", "a", "d", "-q").out == "d@1\nd@2\n"


def test_what_cannot_be_renamed_is_told(cli: Cli, store: Path) -> None:
    for name in ("a", "b"):
        cli("save", name, "-", stdin=b"x")
    for words, code, told in (
        (["a", "b"], 5, "b@1 is there already, and is another one than a@1"),
        (["a", "a"], 2, "a is renamed to itself"),
        (["c", "d"], 3, "there is no c"),
        (["a@1", "d"], 2, "'@' separates a name"),
    ):
        ran = cli("rename", *words)
        assert ran.code == code
        assert told in ran.told
    assert cli("ls", "-q").out == "a\nb\n"
