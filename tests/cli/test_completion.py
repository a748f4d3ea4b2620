"""Shells complete commands, options, names, versions and tags; quickly and silently, whatever is wrong."""

import subprocess
from pathlib import Path

import pytest
from running import Cli, environment, require

from casreg import Registry
from casreg.cli import completion
from casreg.cli.commands import COMMANDS
from casreg.cli.shells import SCRIPTS


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("s", ["save", "show", "stats"]),
        ("--v", ["--version"]),
        ("show d", ["det/rcnn", "det/yolo"]),
        ("show det/y", ["det/yolo", "det/yolo@2", "det/yolo@1", "det/yolo@prod"]),
        ("show det/yolo@", ["det/yolo@2", "det/yolo@1", "det/yolo@prod"]),
        ("show det/yolo@p", ["det/yolo@prod"]),
        ("show det/rcnn@", ["det/rcnn@1"]),
        ("show nobody@", []),
        ("show --all de", ["det/rcnn", "det/yolo"]),
        ("show --al", ["--all"]),
        ("ls det/y", ["det/yolo"]),
        ("mirror --to elsewhere det/y", ["det/yolo"]),
        ("untag det/yolo ", ["prod"]),
        ("tag det/rcnn@1 ", ["prod", "staging"]),
        ("tag det/yolo prod ", ["2", "1", "prod"]),
        ("find --tag ", ["prod", "staging"]),
        ("rm det/yolo@1 det/rc", ["det/rcnn", "det/rcnn@1"]),
        ("diff det/yolo@1 det/yolo@2", ["det/yolo@2"]),
        ("save m model --base a", ["auto"]),
        ("save m ", []),
        ("load det/yolo out --verify i", ["integrity"]),
        ("load det/yolo --verify=n", ["--verify=none"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("--json verif", ["verify"]),
        ("--json show det/r", ["det/rcnn", "det/rcnn@1"]),
        ("--store ", []),
        ("--store nowhere verif", ["verify"]),
        ("show det/yolo --nonsense d", []),
    ],
)
def test_what_is_offered(filled: Path, words: str, found: list[str]) -> None:
    assert completion.candidates(words.split(" ")) == found


def test_all_commands_are_offered_first(place: Path) -> None:
    assert completion.candidates([""]) == list(COMMANDS)


def test_the_store_is_the_one_that_the_line_names(filled: Path, tmp_path: Path) -> None:
    with Registry(tmp_path / "other", version_objects=True) as other:
        other.save("elsewhere", 1)
    for option in (["--store", str(tmp_path / "other")], [f"--store={tmp_path / 'other'}"]):
        assert completion.candidates(["ls", *option, ""]) == ["elsewhere"]


BREAKS = " \t\n\"'@><=;|&(:"
"""Bash's own."""


def in_bash(tmp_path: Path, line: str) -> list[str]:
    """What a real bash is given when somebody types ``line`` and then the tabulator."""
    script = (
        'set -eu\neval "$(casreg completion bash)"\ncomplete -p casreg >&2\n'
        'COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=$2\n_casreg casreg\nprintf "%s\\n" "${COMPREPLY[@]}"'
    )
    ran = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", line, BREAKS],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr.strip() == "complete -o bashdefault -o default -F _casreg casreg"
    return ran.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("casreg verif", ["verify"]),
        ("casreg show det/yolo@", ["@2", "@1", "@prod"]),  # what bash replaces begins with the @
        ("casreg show my:m", ["model", "model@1"]),
        ("casreg show with\\ s", ["with\\ space", "with\\ space@1"]),
        ("casreg show 'with s", ["with space", "with space@1"]),
    ],
)
def test_in_a_real_bash(filled: Path, tmp_path: Path, line: str, found: list[str]) -> None:
    assert in_bash(tmp_path, line) == found


def test_whatever_is_wrong_nothing_is_said_and_no_store_made(place: Path, tmp_path: Path) -> None:
    for words, more in (
        (["show", ""], {}),
        (["nonsense", ""], {}),
        (["show", "--store", "nowhere", ""], {}),
        (["show", ""], {"CASREG_STORE": "gopher://x"}),
        ([], {"_CASREG_COMPLETE": "bash"}),
        ([], {"_CASREG_COMPLETE": "bash", "COMP_LINE": "casreg show \\", "COMP_POINT": "13"}),
    ):
        variables = {**environment(tmp_path), "_CASREG_COMPLETE": "words", **more}
        ran = subprocess.run(["casreg", *words], env=variables, capture_output=True, check=True)
        assert (ran.stdout, ran.stderr) == (b"", b"")
    assert not place.exists()


def test_a_store_that_is_damaged_is_no_error(filled: Path, tmp_path: Path) -> None:
    (filled / "refs" / "what").mkdir()
    (filled / "refs" / "what" / "is-this").write_bytes(b"x")
    variables = {**environment(tmp_path), "_CASREG_COMPLETE": "words"}
    ran = subprocess.run(["casreg", "show", ""], env=variables, capture_output=True, check=True)
    assert ran.stderr == b""


def test_names_cannot_play_tricks(place: Path) -> None:
    with Registry(place, version_objects=True) as registry:
        registry.save("$(reboot)`x`;", 1)
    line = "casreg show \\$"
    (offered, _) = completion._for_bash(line, BREAKS)
    assert offered == "\\$\\(reboot\\)\\`x\\`\\;"


def test_the_command_prints_the_script_of_a_shell(cli: Cli) -> None:
    for shell, script in SCRIPTS.items():
        assert cli("completion", shell).out == script
        assert cli("completion", shell, "--json").json == {"shell": shell, "script": script}
    assert "one of bash, zsh, fish" in cli("completion", "tcsh").told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_ones_that_their_shells_can_read(shell: str) -> None:
    require(shell)
    ran = subprocess.run([shell, "-n"], input=SCRIPTS[shell], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
