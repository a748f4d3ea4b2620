"""What is published of the comparison on checkpoints is what the kept reports say, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from tools.bench.checkpoints import adapters, datasets, publish, series, trade
from tools.bench.checkpoints.series import Parameters
from tools.bench.peers import chart, results
from tools.bench.peers.results import Report
from tools.bench.peers.targets import judged
from tools.bench.sections import with_section

AGAIN = "run python -m tools.bench.checkpoints.publish"


@pytest.fixture(scope="module")
def report() -> Report:
    return results.read(publish.KEPT)


def test_the_readme_has_the_tables_of_the_kept_reports(report: Report) -> None:
    readme = publish.README.read_text()
    section = publish.section(report, trade.read(publish.TRADE))
    assert with_section(readme, publish.BEGIN, section) == readme, AGAIN


def test_the_chart_is_the_one_of_the_kept_report(report: Report) -> None:
    assert publish.CHART.read_text() == chart.svg(report), AGAIN


def test_the_kept_report_leaves_out_no_tool_and_no_file(report: Report) -> None:
    assert [data.name for data in report.data] == list(datasets.NAMES)
    for data in report.data:
        assert [one.tool for one in report.all_of(data.name)] == list(adapters.ALL)


def test_the_kept_report_was_judged_by_the_targets_of_today(report: Report) -> None:
    parameters = Parameters()
    data = datasets.of(parameters, partial(pytest.fail, f"{series.__name__} is not needed"))
    for one in report.results:
        assert judged(replace(one, target="", met=None), data[one.data]) == one


def test_no_load_reads_more_than_was_allowed() -> None:
    bought = trade.read(publish.TRADE)
    assert [row.amplification for row in bought.rows] == list(trade.AMPLIFICATIONS)
    assert all(row.read <= row.amplification for row in bought.rows)
