"""The README's table: a pure function of a report."""

from __future__ import annotations

from collections.abc import Sequence

from tools.bench.peers.results import DataFacts, Report, Result, ToolFacts
from tools.bench.peers.table import figure

TIMED = "normal-bf16"
"""The dataset whose times the table gives."""


def lines(report: Report) -> list[str]:
    """One row for each tool: what it stored of each dataset, and its times for one."""
    timed = next((data for data in report.data if data.name == TIMED), None)
    headings = [_heading(data, report) for data in report.data]
    if timed:
        size = shown(report.all_of(timed.name))
        headings += [f"save {size} of bf16", "load it"]
    rows = [["stored / plain", *headings], ["---", *["---:"] * len(headings)]]
    for tool in report.tools:
        results = [report.of(data.name, tool.name) for data in report.data]
        cells = [_stored(result) for result in results]
        if timed:
            cells += _times(report.of(timed.name, tool.name))
        rows.append([tool.label, *cells])
    return [f"| {' | '.join(row)} |" for row in rows]


def where(report: Report) -> str:
    """The machine that the figures are of, and how they were taken."""
    machine = report.machine
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, {machine['python']}; medians of "
        f"{report.rounds} rounds in turns; multiples are of `cp` and fsync in the same round."
    )


def about(report: Report) -> list[str]:
    """The files, and what was called of each tool."""
    return [
        *[f"- {data.label}: {data.about}." for data in report.data],
        *[f"- {_named(tool)}: {tool.how}." for tool in report.tools],
    ]


def shown(results: Sequence[Result]) -> str:
    """The size of a dataset, decimal: 91 MB, 1.07 GB, 5 x 200 MB."""
    sized = next((one for one in results if one.plain), None)
    if sized is None:
        return ""
    number, word = float(sized.plain), "B"
    for larger in ("kB", "MB", "GB"):
        if number < 1000:
            break
        number, word = number / 1000, larger
    one = f"{number:.3g} {word}"
    return one if sized.versions == 1 else f"{sized.versions} x {one}"


def _named(tool: ToolFacts) -> str:
    return f"{tool.label} ({tool.version})" if tool.version else tool.label


def _heading(data: DataFacts, report: Report) -> str:
    size = shown(report.all_of(data.name))
    return f"{data.label}, {size}" if size else data.label


def _stored(result: Result) -> str:
    if result.problem:
        return result.problem.partition(":")[0]
    grown = f" ({figure(result.grown, 2)} x one)" if result.versions > 1 else ""
    return figure(result.ratio, 3) + grown


def _times(result: Result) -> list[str]:
    if result.problem:
        return ["", ""]
    return [
        _time(result.save, result.save_ratio),
        _time(result.load, result.load_ratio),
    ]


def _time(seconds: float | None, ratio: float | None) -> str:
    return f"{figure(seconds, 2)} s" + (f", {figure(ratio, 1)} x" if ratio is not None else "")
