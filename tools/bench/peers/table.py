"""The table that a run ends with: every figure of every tool."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tools.bench.peers.results import Report, Result

_MET = {True: ", met", False: ", missed", None: ""}
_HEADINGS = ("plain", "stored", "stored / plain", "all / first", "save", "x", "save next", "load", "x")


def show(report: Report, console: Console) -> None:
    for name, value in report.machine.items():
        console.print(f"{name}: {value}")
    for tool in report.tools:
        console.print(f"{tool.label}: {tool.version or 'no version'}; {tool.how}")
    for data in report.data:
        title = f"{data.label}: {data.about}"
        table = Table(
            title=title, title_justify="left", caption="seconds: median (best); x: times cp + fsync"
        )
        table.add_column("tool")
        for heading in _HEADINGS:
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("target")
        for tool in report.tools:
            result = report.of(data.name, tool.name)
            if result.problem:
                table.add_row(tool.label, result.problem)
            else:
                table.add_row(tool.label, *_figures(result), f"{result.target}{_MET[result.met]}")
        console.print(table)


def _figures(result: Result) -> list[str]:
    return [
        f"{result.plain * result.versions:,}",
        f"{result.stored:,}",
        figure(result.ratio, 3),
        figure(result.grown, 3) if result.versions > 1 else "",
        _seconds(result.save, result.save_best),
        figure(result.save_ratio, 2),
        figure(result.save_next, 2),
        _seconds(result.load, result.load_best),
        figure(result.load_ratio, 2),
    ]


def figure(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _seconds(middle: float | None, best: float | None) -> str:
    return "" if middle is None else f"{figure(middle, 2)} ({figure(best, 2)})"
