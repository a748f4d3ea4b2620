"""What is published of the comparison is what the kept report says, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tools.bench.peers import adapters, chart, datasets, markdown, publish, results
from tools.bench.peers.results import Report
from tools.bench.peers.targets import judged
from tools.bench.sections import END, with_section

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def report() -> Report:
    return results.read(publish.KEPT)


def test_the_readme_has_the_table_of_the_kept_report(report: Report) -> None:
    readme = publish.README.read_text()
    assert with_section(readme, publish.BEGIN, publish.section(report)) == readme, (
        "run python -m tools.bench.peers.publish"
    )
    page = publish.PAGE.read_text()
    assert with_section(page, publish.BEGIN_RUN, publish.run(report)) == page


def test_the_chart_is_the_one_of_the_kept_report(report: Report) -> None:
    assert publish.CHART.read_text() == chart.svg(report), "run python -m tools.bench.peers.publish"


def test_the_kept_report_leaves_out_no_tool_and_no_dataset(report: Report) -> None:
    assert [tool.name for tool in report.tools] == list(adapters.ALL)
    assert [data.name for data in report.data] == list(datasets.ALL)
    for data in datasets.ALL:
        assert [one.tool for one in report.all_of(data)] == list(adapters.ALL)


def test_the_kept_report_was_judged_by_the_targets_of_today(report: Report) -> None:
    for one in report.results:
        assert judged(replace(one, target="", met=None), datasets.ALL[one.data]) == one


def test_the_chart_draws_each_tool_of_each_dataset_as_long_as_its_figure(report: Report) -> None:
    root = ElementTree.fromstring(chart.svg(report))
    bars = [bar for bar in root.iter(f"{SVG}rect") if bar.get("x")]
    drawn = [one for one in report.results if one.tool != "casreg-none"]  # the same bytes as casreg
    ratios = [one.ratio for one in drawn if one.ratio is not None]
    assert len(bars) == len(ratios)
    full = max(float(bar.get("width", "")) for bar in bars)
    for bar, ratio in zip(bars, ratios, strict=True):
        assert float(bar.get("width", "")) == pytest.approx(full * min(ratio, 1), abs=0.2)


def test_what_is_missing_is_in_the_table_and_in_the_chart(report: Report) -> None:
    gone = [
        replace(one, problem="not installed: get it", stored=None) if one.tool == "borg" else one
        for one in report.results
    ]
    without = replace(report, results=gone)
    (row,) = [line for line in markdown.lines(without) if line.startswith("| borg")]
    assert row.count("not installed") == len(report.data)
    assert chart.svg(without).count("not installed") == len(report.data)


def test_all_of_the_readme_but_the_section_is_left_alone(report: Report) -> None:
    readme = f"before\n{publish.BEGIN}\nof last year\n{END}\nafter\n"
    made = with_section(readme, publish.BEGIN, publish.section(report))
    assert made.startswith(f"before\n{publish.BEGIN}\n")
    assert made.endswith(f"\n{END}\nafter\n")
    assert "of last year" not in made


@pytest.mark.parametrize("readme", ["", publish.BEGIN, END, f"{publish.BEGIN}{END}" * 2])
def test_a_readme_without_one_place_for_it_is_refused(readme: str, report: Report) -> None:
    with pytest.raises(ValueError, match="the page needs one"):
        with_section(readme, publish.BEGIN, publish.section(report))
