"""Exit codes, and how errors are told."""

import json
from pathlib import Path

import pytest
from running import Cli

from casreg import __version__
from casreg.cli.commands import COMMANDS


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (["save"], 2, "usage"),
        (["frobnicate"], 2, "usage"),
        (["ls", "--frobnicate"], 2, "usage"),
        (["show", "a b//c"], 2, "invalid-input"),
        (["show", "nobody"], 3, "name-not-found"),
        (["show", "a@7"], 3, "version-not-found"),
        (["save", "b", "nowhere"], 3, "not-found"),
        (["ls", "--store", "elsewhere"], 3, "store-not-found"),
        (["init"], 4, "already-exists"),
        (["save", "a@1", "file"], 4, "version-exists"),
        (["checkout", "a", "."], 4, "already-exists"),
        (["ls", "--store", "ftp://example.org/x"], 11, "unsupported"),
        (["ls", "--store", ""], 2, "invalid-input"),
        (["demo", "."], 4, "already-exists"),
        (["save", "a", ""], 2, "invalid-input"),
        (["load", "a", ""], 2, "invalid-input"),
        (["checkout", "a", ""], 2, "invalid-input"),
        (["verify", "a", ""], 2, "invalid-input"),
        (["show", "a@sha256:12"], 2, "invalid-input"),
    ],
)
def test_each_kind_of_error_has_its_code_line_and_document(
    cli: Cli, store: Path, words: list[str], code: int, kind: str
) -> None:
    Path("file").write_bytes(b"x")
    cli("save", "a", "file")
    plain = cli(*words)
    assert (plain.code, plain.out) == (code, "")
    assert plain.told
    document = cli(*words, "--json")
    assert (document.code, document.out) == (code, "")
    told = json.loads(document.err)
    assert told["error"] == kind
    assert told["message"] in plain.told


def test_fields_of_errors_are_in_the_document(cli: Cli, store: Path) -> None:
    cli("save", "a", "-", stdin=b"x")
    told = json.loads(cli("show", "a@7", "--json").err)
    assert (told["name"], told["version"]) == ("a", "7")


def test_debug_shows_where(cli: Cli, store: Path) -> None:
    ran = cli("show", "nobody", "--debug")
    assert ran.code == 3
    assert "Traceback" in ran.err
    assert ran.err.splitlines()[-1].startswith("casreg: ")
    assert "Traceback" in json.loads(cli("show", "nobody", "--debug", "--json").err)["traceback"]


def test_an_error_is_one_line_whatever_is_in_it(cli: Cli, store: Path) -> None:
    assert cli("save", "a", "no\nsuch\x1b[31mfile").told


def test_options_of_every_command_may_stand_before_it(cli: Cli, store: Path) -> None:
    assert cli("--json", "ls").json == cli("ls", "--json").json
    assert json.loads(cli("--json", "show", "nobody").err)["error"] == "name-not-found"
    cli("init", "other")
    for words in (["--store", "other", "-q", "save"], ["--store=other", "--quiet", "save"]):
        assert cli(*words, "a", "-", stdin=b"x").out.startswith("a@")
    assert cli("--store", "other", "ls", "a", "--quiet").out == "a@1\na@2\n"
    assert cli("ls", "-q").out == ""
    assert cli("--store", "other").out == cli().out
    assert cli("--all", "show", "a").code == 2


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").out == f"casreg {__version__}\n"
    for words in ([], ["--help"], ["-h"]):
        ran = cli(*words)
        assert ran.code == 0
        assert all(name in ran.out for name in COMMANDS)
        assert "NAME@VERSION, NAME@TAG or NAME@sha256:DIGEST" in " ".join(ran.out.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_common_options(cli: Cli, name: str) -> None:
    ran = cli(name, "--help")
    assert ran.code == 0
    for option in ("--store", "--json", "--quiet", "--debug"):
        assert option in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
