"""The README's samples run, and its claims about commands are true."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def samples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_it_starts_with_what_it_is_and_the_two_commands() -> None:
    front = README[:1500]
    assert front.startswith("# casreg\n\ncasreg keeps ")
    assert samples("sh")[0].splitlines() == [
        "python -m pip install . && casreg demo",
        "python -m pip install '.[test]' && python -m pytest",
    ]
    assert samples("sh")[0] in front


@pytest.mark.parametrize("code", samples("python"))
def test_python_samples_run(code: str, tmp_path: Path) -> None:
    if "import torch" in code:
        import with_torch  # noqa: F401 - skips where it is not installed
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)


@pytest.mark.parametrize("code", samples("sh")[1:])
def test_shell_samples_run(code: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    assert b'{"layers": 12}' in run.stdout


def test_the_places_it_names_exist() -> None:
    table = README.partition("## Where things are")[2]
    for place in re.findall(r"^\| `([^`]+)/` \|", table, re.MULTILINE):
        assert (ROOT / place).is_dir(), place
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
