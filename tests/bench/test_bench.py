"""The benchmark runs, and its report has the fields that people plot. No times are asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.bench", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Of the two cheapest measurements at tiny sizes."""
    folder = tmp_path_factory.mktemp("bench")
    file, work = folder / "report.json", folder / "work"
    work.mkdir()
    sizes = ["--divide", "100", "--only", "import", "--only", "small"]
    done = bench(*sizes, "--dir", str(work), "--json", str(file))
    assert done.returncode == 0, done.stderr
    assert "save a small object" in done.stdout
    assert list(work.iterdir()) == [], "the benchmark left its data behind"
    return json.loads(file.read_text())


def test_the_report_says_which_machine_it_was(report: dict) -> None:
    assert {"cpu", "cores", "system", "python", "packages"} == set(report["machine"])
    assert all(report["machine"].values())


def test_each_row_has_figures_a_peer_and_a_target_where_there_is_one(report: dict) -> None:
    rows = {row["measurement"]: row for row in report["rows"]}
    assert len(rows) == 5
    fields = "measurement casreg casreg_best unit peer peer_is ratio ratio_best target met"
    assert all(set(row) == set(fields.split()) for row in rows.values())
    saved = rows["save a small object, durability none"]
    assert saved["unit"] == "ms each"
    assert saved["peer"] > 0
    assert saved["ratio_best"] <= saved["ratio"]
    assert saved["target"] == "<= 1"
    assert saved["met"] is (saved["casreg"] <= 1)
    fsynced = rows["save a small object, fsync"]
    assert (fsynced["target"], fsynced["met"]) == ("", None)


def test_an_unknown_measurement_is_refused_with_the_known_ones() -> None:
    done = bench("--only", "nonsense")
    assert done.returncode == 2
    assert "save-unchanged" in done.stderr
