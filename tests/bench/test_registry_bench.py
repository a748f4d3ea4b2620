"""The comparison of registries, at tiny sizes: casreg is always there. No times are asserted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.bench.data import files_below
from tools.bench.peers.worker import Asked, Failed
from tools.bench.registry import publish, results, scenarios, table, tools
from tools.bench.registry.measure import measure
from tools.bench.registry.results import Figure, Kept, Report, Row
from tools.bench.registry.run import NAMES
from tools.bench.registry.scenarios import Scenario, Step

ROOT = Path(__file__).parents[2]
DIVIDE = "200"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.bench.registry", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Of everything, with casreg and a registry that an empty cache cannot have."""
    folder = tmp_path_factory.mktemp("registry")
    for name in ("work", "cache"):
        (folder / name).mkdir()
    chosen = ["--tool", tools.OURS, "--tool", "mindtrace-0.9.0"]
    sizes = ["--divide", DIVIDE, "--rounds", "1", "--no-install"]
    places = ["--cache", str(folder / "cache"), "--dir", str(folder / "work")]
    done = command(*chosen, *sizes, *places, "--json", str(folder / "report.json"))
    assert done.returncode == 0, done.stderr
    assert "not installed" in done.stdout
    assert list((folder / "work").iterdir()) == [], "the benchmark left its data behind"
    return results.read(folder / "report.json")


def test_every_step_of_every_scenario_has_a_row_with_casregs_figure(report: Report) -> None:
    steps = [
        step.label
        for several in scenarios.all_of(int(DIVIDE)).values()
        for scenario in several
        for step in scenario.steps
    ]
    assert [row.label for row in report.rows][2:] == steps
    for row in report.rows:
        assert len(row.figures[tools.OURS].seconds) == 1, row


def test_a_registry_that_is_not_installed_says_so_and_how_to_get_it(report: Report) -> None:
    for row in report.rows:
        figure = row.figures["mindtrace-0.9.0"]
        assert figure.problem.startswith("not installed: pip install mindtrace-registry==0.9.0")
        assert row.met is None


def test_processes_that_save_at_the_same_time_lose_nothing(report: Report) -> None:
    assert list(report.numbered.values()) == [{tools.OURS: [Kept(4, 4)]}] * 2


def test_a_report_comes_back_from_its_file(report: Report, tmp_path: Path) -> None:
    results.write(report, tmp_path / "report.json")
    assert results.read(tmp_path / "report.json") == report


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    done = command("--only", "nonsense")
    assert done.returncode == 2
    assert all(name in done.stderr for name in NAMES)


def row(ours: list[float], theirs: list[float], target: float = 1.0) -> Row:
    return Row("save", target, 1, {tools.OURS: Figure(ours), "mindtrace-0.9.0": Figure(theirs)})


def test_a_target_is_judged_by_the_median_of_ratios_within_rounds() -> None:
    slow_machine_once = row([1.0, 10.0, 1.0], [2.0, 20.0, 1.9])
    assert slow_machine_once.times_as_fast("mindtrace-0.9.0") == 2.0
    assert slow_machine_once.met is True
    assert row([1.0], [4.9], target=5.0).met is False


def test_every_peer_must_be_outrun() -> None:
    one = row([1.0], [2.0])
    one.figures["mindtrace-0.16.0"] = Figure([0.9])
    assert one.met is False


def test_figures_that_are_of_something_else_have_a_star_and_a_note() -> None:
    starred = row([1.0], [2.0])
    starred.figures["mindtrace-0.9.0"] = Figure([2.0], note="each by itself")
    assert table.cell(starred, "mindtrace-0.9.0") == "2 s, 2 x *"


@pytest.fixture
def casreg(tmp_path: Path) -> Asked:
    asked = {"module": "casreg", "options": {"cache_dir": str(tmp_path / "cache")}, "version": "1"}
    worker = Asked(sys.executable, tools._PROGRAM, asked)
    yield worker
    worker.close()


class Forgetful:
    """A worker that gives back something else."""

    def __init__(self, worker: Asked) -> None:
        self.worker = worker

    def ask(self, verb: str, **arguments: object) -> dict[str, object]:
        if verb == "check":
            raise Failed("AssertionError: ")
        return self.worker.ask(verb, **arguments)


def test_what_comes_back_different_has_no_figure_and_the_others_go_on(tmp_path: Path, casreg: Asked) -> None:
    scenario = Scenario("batch", {"count": 2}, (Step("save", "save"), Step("load", "load")))
    folder = tmp_path / "scratch"
    folder.mkdir()
    running = {"good": casreg, "bad": Forgetful(casreg)}
    saved, _ = measure(scenario, running, 2, folder, print)
    assert len(saved.figures["good"].seconds) == 2
    assert saved.figures["bad"] == Figure(problem="failed: AssertionError: ")
    assert not any(file.stat().st_size for file in files_below(folder)), "space is not given back"


@pytest.mark.parametrize(
    ("page", "section"), [(publish.PAGE, publish.section), (publish.README, publish.short)]
)
def test_readme_and_page_of_figures_have_the_table_of_the_kept_report(
    page: Path, section: Callable[[results.Report], str]
) -> None:
    made = section(results.read(publish.KEPT))
    assert publish.with_section(page.read_text(), publish.BEGIN, made) == page.read_text(), (
        "run python -m tools.bench.registry.publish"
    )
    assert "<class" not in made  # which Markdown would not show


def test_the_kept_report_leaves_out_no_registry_and_no_row() -> None:
    kept = results.read(publish.KEPT)
    assert [tool.name for tool in kept.tools] == list(tools.ALL)
    for one in kept.rows:
        assert list(one.figures) == list(tools.ALL)
    wanted = [
        (step.label, step.target)
        for several in scenarios.all_of(kept.divide).values()
        for scenario in several
        for step in scenario.steps
    ]
    assert [(one.label, one.target) for one in kept.rows][2:] == wanted
