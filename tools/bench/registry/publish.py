"""python -m tools.bench.registry.publish [RUN.json]: a run becomes the project's result.

The report is kept as docs/registry.json; from it, and from nothing else, come the table of
docs/measured.md and the README's shorter one. Without an argument both are made again from the report
that is there.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.bench.peers.results import ToolFacts
from tools.bench.registry import table
from tools.bench.registry.results import Report, read
from tools.bench.registry.tools import OURS, PEERS
from tools.bench.sections import with_section

ROOT = Path(__file__).parents[3]
KEPT = ROOT / "docs" / "registry.json"
PAGE, README = ROOT / "docs" / "measured.md", ROOT / "README.md"
BEGIN = "<!-- python -m tools.bench.registry.publish -->"


def section(report: Report) -> str:
    """What stands in the page after :data:`BEGIN`."""
    versions = [f"- {tool.label} ({tool.version}): {tool.how}." for tool in report.tools]
    stars = [f"- {note}" for note in _stars(report)]
    return "\n".join(["", *lines(report, report.tools), "", _where(report), "", *versions, *stars, ""])


def short(report: Report) -> str:
    """What stands in the README after :data:`BEGIN`: like against like, nothing flushed."""
    tools = [tool for tool in report.tools if tool.name in (OURS, *PEERS)]
    return "\n".join(["", *lines(report, tools), "", " ".join([_where(report), *_stars(report)]), ""])


def lines(report: Report, tools: Sequence[ToolFacts]) -> list[str]:
    """One row for each measurement, a column for each registry."""
    rows = [["", *(tool.label for tool in tools), "wanted"]]
    rows.append(["---", *("---:" for _ in rows[0][1:])])
    rows += [
        [row.label, *(table.cell(row, tool.name) for tool in tools), table.wanted(row)] for row in report.rows
    ]
    rows += [
        [label, *(table.numbered(report, label, tool.name) for tool in tools), ""]
        for label in report.numbered
    ]
    return [f"| {' | '.join(row)} |" for row in rows]


def _stars(report: Report) -> list[str]:
    """The notes as Markdown shows them: there a bare < begins what is not shown."""
    notes = [note.replace("<", "&lt;") for note in table.notes(report)]
    return [f"\\* {note}" + ("" if note.endswith("...") else ".") for note in notes]


def _where(report: Report) -> str:
    machine = report.machine
    smaller = f" Sizes and counts divided by {report.divide}." if report.divide > 1 else ""
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}; medians of {report.rounds} rounds "
        f"in turns. x: casreg, not flushed, is so many times as fast.{smaller}"
    )


def main(run: str | None = None) -> None:
    if run:
        KEPT.parent.mkdir(exist_ok=True)
        shutil.copyfile(run, KEPT)
    report = read(KEPT)
    for page, made in ((PAGE, section(report)), (README, short(report))):
        page.write_text(with_section(page.read_text(), BEGIN, made))


if __name__ == "__main__":
    main(*sys.argv[1:])
