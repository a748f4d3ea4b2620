"""python -m tools.bench.checkpoints.publish [RUN.json]: a run becomes the project's result.

Kept as docs/checkpoints.json and docs/checkpoints-trade.json; from these, and from nothing else, come the
chart docs/checkpoints.svg and the README's section. Without an argument both are made anew of what is kept.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.bench.checkpoints import trade
from tools.bench.checkpoints.trade import Trade
from tools.bench.peers import chart
from tools.bench.peers.results import Report, Result, read
from tools.bench.peers.table import figure
from tools.bench.sections import with_section

ROOT = Path(__file__).parents[3]
KEPT, TRADE = ROOT / "docs" / "checkpoints.json", ROOT / "docs" / "checkpoints-trade.json"
CHART, README = ROOT / "docs" / "checkpoints.svg", ROOT / "README.md"
BEGIN = "<!-- python -m tools.bench.checkpoints.publish -->"
TIMED = "combined"
"""The dataset whose times the table gives."""


def beside(report: Path) -> Path:
    """Where the trade of a run goes, whose report goes to ``report``."""
    return report.with_name(f"{report.stem}-trade.json")


def section(report: Report, bought: Trade) -> str:
    """What stands in the README after :data:`BEGIN`."""
    picture = f"![Stored / plain, by file and tool]({CHART.relative_to(ROOT).as_posix()})"
    return "\n".join(["", picture, "", *lines(report), "", note(report), "", *trade.lines(bought), ""])


def lines(report: Report) -> list[str]:
    """One row for each tool: what it stored of each file, and its times for one."""
    headings = ["stored / plain", *(data.label for data in report.data), "save one more", "load the last"]
    rows = [headings, ["---", *("---:" for _ in headings[1:])]]
    for tool in report.tools:
        results = [report.of(data.name, tool.name) for data in report.data]
        timed = report.of(TIMED, tool.name)
        rows.append([tool.label, *map(_stored, results), _time(timed.save_next), _time(timed.load)])
    return [f"| {' | '.join(row)} |" for row in rows]


def note(report: Report) -> str:
    """Where the figures come from."""
    machine = report.machine
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, {machine['python']}. Times are "
        f"for {report.of(TIMED, 'casreg').plain / 1e6:.0f} MB, weights and AdamW's state in one file, by the "
        "commands or libraries as `python -m tools.bench.checkpoints` says."
    )


def _stored(result: Result) -> str:
    return result.problem.partition(":")[0] if result.problem else figure(result.ratio, 3)


def _time(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f} s"


def main(run: str | None = None) -> None:
    if run:
        KEPT.parent.mkdir(exist_ok=True)
        shutil.copyfile(run, KEPT)
        shutil.copyfile(beside(Path(run)), TRADE)
    report, bought = read(KEPT), trade.read(TRADE)
    CHART.write_text(chart.svg(report))
    README.write_text(with_section(README.read_text(), BEGIN, section(report, bought)))


if __name__ == "__main__":
    main(*sys.argv[1:])
