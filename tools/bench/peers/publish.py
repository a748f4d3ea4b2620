"""python -m tools.bench.peers.publish [RUN.json]: a run becomes the project's result.

The report is kept as docs/peers.json; from it, and from nothing else, come the chart docs/peers.svg and
the README's table. Without an argument both are made again from the report that is there.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.bench.peers import chart, markdown
from tools.bench.peers.results import Report, read
from tools.bench.sections import with_section

ROOT = Path(__file__).parents[3]
KEPT, CHART, README = ROOT / "docs" / "peers.json", ROOT / "docs" / "peers.svg", ROOT / "README.md"
BEGIN = "<!-- python -m tools.bench.peers.publish -->"


def section(report: Report) -> str:
    """What stands in the README after :data:`BEGIN`."""
    picture = f"![Stored / plain, by dataset and tool]({CHART.relative_to(ROOT).as_posix()})"
    table, (where, *about) = markdown.lines(report), markdown.notes(report)
    return "\n".join(["", picture, "", *table, "", where, "", *about, ""])


def main(run: str | None = None) -> None:
    if run:
        KEPT.parent.mkdir(exist_ok=True)
        shutil.copyfile(run, KEPT)
    report = read(KEPT)
    CHART.write_text(chart.svg(report))
    README.write_text(with_section(README.read_text(), BEGIN, section(report)))


if __name__ == "__main__":
    main(*sys.argv[1:])
