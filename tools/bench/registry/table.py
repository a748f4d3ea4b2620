"""Rows in words: the table that a run ends with, and the cells of the README's."""

from __future__ import annotations

from statistics import median

from rich.console import Console
from rich.table import Table

from tools.bench.registry.results import Figure, Kept, Report, Row
from tools.bench.registry.tools import OURS, PEERS

_MET = {True: ", met", False: ", missed", None: ""}


def show(report: Report, console: Console) -> None:
    for name, value in report.machine.items():
        console.print(f"{name}: {value}")
    for tool in report.tools:
        console.print(f"{tool.label}: {tool.version or 'no version'}; {tool.how}")
    table = Table(
        title="Registries: medians (best)",
        title_justify="left",
        caption=f"x: {OURS} is so many times as fast, round by round",
    )
    table.add_column("")
    for tool in report.tools:
        table.add_column(tool.label, justify="right")
    table.add_column("target", justify="right")
    for row in report.rows:
        cells = [cell(row, tool.name, best=True) for tool in report.tools]
        table.add_row(row.label, *cells, f"{wanted(row)}{_MET[row.met]}")
    for label in report.numbered:
        table.add_row(label, *(numbered(report, label, tool.name) for tool in report.tools), "")
    console.print(table)
    for line in notes(report):
        console.print(line)


def cell(row: Row, tool: str, *, best: bool = False) -> str:
    """``3.1 ms, 2.4 x``: the median, and how many times as fast casreg is."""
    figure = row.figures[tool]
    if not figure.seconds:
        return figure.problem.partition(":")[0]
    shown = _shown(median(figure.seconds), row.count)
    if best:
        shown += f" ({_shown(min(figure.seconds), row.count)})"
    times = row.times_as_fast(tool) if tool in PEERS else None
    return shown + ("" if times is None else f", {_three(times)} x") + (" *" if figure.note else "")


def wanted(row: Row) -> str:
    return f">= {row.target:g} x"


def numbered(report: Report, label: str, tool: str) -> str:
    """``40 reported, 33 to 35 kept``."""
    found = report.numbered[label].get(tool, [])
    if not found:
        return ""
    return f"{_range(found, 'reported')} reported, {_range(found, 'kept')} kept"


def notes(report: Report) -> list[str]:
    """What the stars say, and why something is missing, once each."""
    labels = {tool.name: tool.label for tool in report.tools}
    said = (
        f"{labels[name]}: {figure.note or figure.problem}"
        for row in report.rows
        for name, figure in row.figures.items()
        if _told(figure)
    )
    return list(dict.fromkeys(said))


def _told(figure: Figure) -> bool:
    return bool(figure.note or figure.problem)


def _shown(seconds: float, count: int) -> str:
    if count > 1:
        return f"{_three(count / seconds)}/s"
    return f"{_three(1e3 * seconds)} ms" if seconds < 1 else f"{_three(seconds)} s"


def _three(value: float) -> str:
    """Three digits, or the whole part."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _range(found: list[Kept], word: str) -> str:
    values = sorted(getattr(one, word) for one in found)
    return str(values[0]) if values[0] == values[-1] else f"{values[0]} to {values[-1]}"
