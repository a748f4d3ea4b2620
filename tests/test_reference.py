"""The reference of the command line says what `--help` says."""

import re

import pytest
from typer.testing import CliRunner

from casreg import CasregError
from casreg.cli.app import app
from casreg.cli.commands import COMMANDS
from tools.reference import BEGIN, ROOT, files

PAGE = (ROOT / "docs" / "command-line.md").read_text("utf-8")
TABLE = (ROOT / "README.md").read_text("utf-8").partition(BEGIN)[2]


def printed(*words: str) -> str:
    ran = CliRunner().invoke(app, list(words))
    assert ran.exit_code == 0
    return ran.output


def test_it_is_what_python_m_tools_reference_writes() -> None:
    for path, text in files().items():
        assert path.read_text("utf-8") == text, f"{path.name}: run `python -m tools.reference`"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_is_in_it_word_for_word(name: str) -> None:
    assert f"\n## casreg {name}\n\n```text\n{printed(name, '--help')}```\n" in PAGE
    assert f"\n| `casreg {name}" in TABLE


def test_every_row_of_the_table_has_two_cells() -> None:
    rows = [line for line in TABLE.partition("<!-- end -->")[0].splitlines() if line]
    assert len(rows) == 2 + len(COMMANDS)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3}
    assert "| `casreg mirror [NAME]... --to URL` |" in TABLE


def test_the_help_of_the_app_is_in_it_and_no_command_that_is_not_there() -> None:
    assert f"\n## casreg\n\n```text\n{printed('--help')}```\n" in PAGE
    assert PAGE.count("\n## casreg") == 1 + len(COMMANDS)


def test_it_tells_the_exit_code_of_every_error() -> None:
    codes = set(map(int, re.findall(r"(?:^|\s)(\d+) {2,}\w", PAGE.partition("\n## Exit codes\n")[2])))
    kinds = [CasregError]
    while kinds:
        kind = kinds.pop()
        assert kind.exit_code in codes, kind
        kinds += kind.__subclasses__()
    assert {0, 2, 130, 141} <= codes


def test_no_line_of_any_help_is_longer_than_a_terminal_is_wide() -> None:
    texts = [printed("--help"), *[printed(name, "--help") for name in COMMANDS]]
    assert max(len(line) for text in texts for line in text.splitlines()) <= 80
