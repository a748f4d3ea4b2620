"""``casreg import-mindtrace``"""

import zipfile
from pathlib import Path

import pytest
from running import Cli

STORES = Path(__file__).parent.parent / "mindtrace"


@pytest.fixture
def old(store: Path) -> str:
    with zipfile.ZipFile(STORES / "registry-0.9.0.zip") as archive:
        archive.extractall("old")
    Path("old", "_meta_model@1.yaml").unlink()  # of a class that other tests import, or do not
    return "old"


def test_a_dry_run_shows_what_a_run_does_and_saves_nothing(cli: Cli, old: str) -> None:
    planned = cli("import-mindtrace", old, "--dry-run", "--json").json
    assert cli("ls", "-q").out == ""
    done = cli("import-mindtrace", old, "--json").json
    assert [item["reference"] for item in planned["items"]] == [item["reference"] for item in done["items"]]
    became = {
        (before["action"], after["status"])
        for before, after in zip(planned["items"], done["items"], strict=True)
    }
    assert became == {("object", "imported"), ("skip", "skipped")}
    assert cli("load", "bytes@1", "-").raw == b"\0\xff"


def test_people_are_told_what_was_left_and_why(cli: Cli, old: str) -> None:
    ran = cli("import-mindtrace", old)
    assert ran.code == 0
    assert "--allow-pickle" in next(line for line in ran.out.splitlines() if line.startswith("objects@1"))
    assert ran.out.splitlines()[-1].startswith("37 versions: ")
    assert "present str@1" in cli("import-mindtrace", old, "-q").out.splitlines()


def test_files_and_imports_are_for_who_asks(cli: Cli, old: str) -> None:
    items = cli("import-mindtrace", old, "--files", "--json").json["items"]
    assert {item["reference"]: item["status"] for item in items}["objects@1"] == "files"


def test_damage_ends_with_its_code_after_the_rest_was_imported(cli: Cli, old: str) -> None:
    Path(old, "str", "1", "data.json").write_text('"other"')
    ran = cli("import-mindtrace", old, "-q")
    assert ran.code == 7
    assert "damaged str@1" in ran.out.splitlines()
    assert "imported tuple@1" in ran.out.splitlines()


def test_what_is_no_store_of_theirs_is_told(cli: Cli, store: Path) -> None:
    Path("empty").mkdir()
    assert cli("import-mindtrace", "empty").code == 2
    assert cli("import-mindtrace", "absent").code == 3
