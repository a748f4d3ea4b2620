"""python -m tools.bench.registry.publish [RUN.json]: a run becomes the project's result.

The report is kept as docs/registry.json; from it, and from nothing else, comes the table of
docs/measured.md. Without an argument it is made again from the report that is there.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.bench.registry import table
from tools.bench.registry.results import Report, read
from tools.bench.sections import with_section

ROOT = Path(__file__).parents[3]
KEPT, PAGE = ROOT / "docs" / "registry.json", ROOT / "docs" / "measured.md"
BEGIN = "<!-- python -m tools.bench.registry.publish -->"


def section(report: Report) -> str:
    """What stands in the page after :data:`BEGIN`."""
    machine = report.machine
    smaller = f" Sizes and counts divided by {report.divide}." if report.divide > 1 else ""
    where = (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}; medians of {report.rounds} rounds "
        f"in turns. x: casreg, not flushed, is so many times as fast.{smaller}"
    )
    versions = [f"- {tool.label} ({tool.version}): {tool.how}." for tool in report.tools]
    stars = [f"- \\* {note}." for note in table.notes(report)]
    return "\n".join(["", *lines(report), "", where, "", *versions, *stars, ""])


def lines(report: Report) -> list[str]:
    """One row for each measurement, a column for each registry."""
    rows = [["", *(tool.label for tool in report.tools), "wanted"]]
    rows.append(["---", *("---:" for _ in rows[0][1:])])
    rows += [
        [row.label, *(table.cell(row, tool.name) for tool in report.tools), table.wanted(row)]
        for row in report.rows
    ]
    rows += [
        [label, *(table.numbered(report, label, tool.name) for tool in report.tools), ""]
        for label in report.numbered
    ]
    return [f"| {' | '.join(row)} |" for row in rows]


def main(run: str | None = None) -> None:
    if run:
        KEPT.parent.mkdir(exist_ok=True)
        shutil.copyfile(run, KEPT)
    PAGE.write_text(with_section(PAGE.read_text(), BEGIN, section(read(KEPT))))


if __name__ == "__main__":
    main(*sys.argv[1:])
