"""``casreg tag``, ``untag``, ``protect``, ``history``, ``undo``, and what other commands know of tags"""

from pathlib import Path

import pytest
from running import Cli


@pytest.fixture
def filled(cli: Cli, store: Path) -> None:
    """``a`` has versions 1 and 2, which is tagged prod."""
    cli("save", "a", "-", stdin=b"one")
    assert cli("save", "a", "-", "--tag", "prod", "--tag", "best", "--json", stdin=b"two").json["tags"] == [
        "prod",
        "best",
    ]
    assert cli("untag", "a", "best").out == "a@best is gone\n"


def test_a_tag_moves_and_is_read_by(cli: Cli, filled: None) -> None:
    assert cli("load", "a@prod", "-").raw == b"two"
    assert cli("tag", "a@1", "prod").out == "a@prod is a@1\n"
    assert cli("load", "a@prod", "-").raw == b"one"
    assert cli("tag", "a", "prod", "2", "--json").json == {"name": "a", "tag": "prod", "version": "2"}
    assert cli("tag", "a", "newest", "-q").out == "a@newest\n"
    assert cli("tag", "a", "--json").json == {"name": "a", "tags": {"newest": "2", "prod": "2"}}
    assert cli("tag", "a").out.split() == ["tag", "version", "newest", "2", "prod", "2"]
    assert cli("find", "--tag", "prod", "-q").out == "a@2\n"
    assert "tags     newest, prod\n" in cli("show", "a").out
    assert [row["tags"] for row in cli("ls", "a", "--json").json["versions"]] == [[], ["newest", "prod"]]
    assert cli("ls", "a").out.splitlines()[2].endswith("newest, prod")


def test_what_can_be_no_tag_and_what_is_not_there_is_told(cli: Cli, filled: None) -> None:
    assert cli("tag", "a@1", "latest").code == 2
    assert "a version" in cli("tag", "a@1", "v1.0").told
    assert cli("tag", "a@1").told == "a@1: which tag is it to have? As in `casreg tag a@1 prod`"
    assert cli("untag", "a", "best").told == "a has no tag best; its tags: prod"
    assert cli("load", "a@best", "-").told == "a has no tag best; its tags: prod"
    assert cli("tag", "a@9", "prod").code == 3


def test_a_tagged_version_is_deleted_by_force_only_and_nothing_is_when_one_is(cli: Cli, filled: None) -> None:
    for words in (("a@1", "a@2"), ("a", "--all"), ("a@1", "a@prod")):
        refused = cli("rm", *words)
        assert refused.code == 5
        assert "a@2 has the tag prod" in refused.told
        assert "--force" in refused.told
        assert cli("ls", "a", "-q").out == "a@1\na@2\n"
    assert cli("rm", "a@2", "--force").out == "deleted a@2\n"
    assert cli("tag", "a", "--json").json["tags"] == {}


def test_a_protected_version_is_not_deleted_at_all(cli: Cli, filled: None) -> None:
    assert cli("protect", "a@1").out == "a@1 is protected\n"
    refused = cli("rm", "a", "--all", "--force")
    assert refused.code == 5
    assert "casreg protect a@1 --off" in refused.told
    assert "protected" in cli("show", "a@1").out
    assert cli("protect", "a@1", "--off", "--json").json == {"reference": "a@1", "protected": False}
    assert cli("rm", "a", "--all", "--force").code == 0


def test_what_was_deleted_is_in_the_history_and_comes_back(cli: Cli, filled: None) -> None:
    cli("rm", "a@1")
    lines = cli("history", "a@1").out.splitlines()
    assert lines[0].split() == ["time", "what", "version", "generation", "by"]
    assert [line.split()[2:5] for line in lines[1:]] == [["deleted", "1", "2"], ["saved", "1", "1*"]]
    events = cli("history", "a", "--json").json["events"]
    tags = [(e["action"], e["version"]) for e in events if e["tag"] == "best"]
    assert tags == [("untagged", "2"), ("tagged", "2")]
    assert cli("undo", "a@1").out.startswith("a@1 is sha256:")
    assert cli("load", "a@1", "-").raw == b"one"
    refused = cli("undo", "a@1")
    assert refused.code == 2
    assert "nothing to undo" in refused.told
    assert cli("undo", "a@1", "--generation", "9").code == 3
    assert cli("history", "nobody").code == 3


def test_the_tables_fit_a_terminal(cli: Cli, filled: None) -> None:
    cli("tag", "a@1", "release-2.0")
    for command in (("history", "a"), ("tag", "a")):
        assert max(map(len, cli(*command).out.splitlines())) <= 80
