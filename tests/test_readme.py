"""The samples of the README and of docs/ run; the claims about commands are true."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


PAGES = {page.name: page.read_text() for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}


def samples(language: str, page: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


PYTHON = [
    pytest.param(code, id=f"{name}-{number}")
    for name, text in PAGES.items()
    for number, code in enumerate(samples("python", text))
]


def test_it_starts_with_what_it_is_and_the_two_commands() -> None:
    front = README[:1500]
    assert front.startswith("# casreg\n\ncasreg keeps ")
    assert samples("sh")[0].splitlines() == [
        "python -m pip install . && casreg demo",
        "python -m pip install -e '.[test]' && python -m pytest",
    ]
    assert samples("sh")[0] in front


@pytest.mark.parametrize("code", PYTHON)
def test_python_samples_run(code: str, tmp_path: Path) -> None:
    if "old-registry" in code:
        shutil.unpack_archive(ROOT / "tests" / "mindtrace" / "registry-0.9.0.zip", tmp_path / "old-registry")
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
