"""The model of the protocol holds within small bounds, and every rule of it that is broken is found out."""

from __future__ import annotations

import os
import re
import runpy
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
CHECK = SimpleNamespace(**runpy.run_path(str(ROOT / "tools" / "model" / "check.py")))
README = (ROOT / "spec" / "model" / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def _spin() -> None:
    for program, package in (("spin", "spin"), ("gcc", "gcc")):
        if not shutil.which(program):
            missing = f"no {program}: apt-get install {package}"
            if os.environ.get("CI"):
                pytest.fail(missing)
            pytest.skip(missing)


@pytest.mark.usefixtures("_spin")
@pytest.mark.parametrize("name", CHECK.SMALL)
def test_no_ref_points_at_a_missing_blob(name: str, tmp_path: Path) -> None:
    found = CHECK.verify(CHECK.SMALL[name].flags, tmp_path, optimise=1)
    assert found.violated is None
    assert found.complete, found.said
    assert set(CHECK.SMALL[name].must_reach.split()) <= found.reached, "it holds because too little happens"


@pytest.mark.usefixtures("_spin")
@pytest.mark.parametrize("name", [name for name, mutant in CHECK.MUTANTS.items() if mutant.quick])
def test_a_broken_rule_is_found_out(name: str, tmp_path: Path) -> None:
    found = CHECK.verify(CHECK.ALL[CHECK.MUTANTS[name].configuration].flags, tmp_path, name, optimise=0)
    assert found.violated, found.said


def test_every_mutant_of_the_model_has_its_row() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|", README, re.MULTILINE)
    assert {row[0] for row in rows} == set(CHECK.MUTANTS) == CHECK.mutants_of_the_model()
    for name, broken, configuration in rows:
        assert (broken, configuration) == CHECK.MUTANTS[name][:2]


def test_every_configuration_has_its_row() -> None:
    rows = re.findall(r"^\| ([^|`]+?) \| `([^`]+)` \|", README, re.MULTILINE)
    assert dict(rows) == {name: configuration.flags for name, configuration in CHECK.ALL.items()}
