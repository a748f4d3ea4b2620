"""python -m tools.bench.peers.publish [RUN.json]: a run becomes the project's result.

The report is kept as docs/peers.json; from it, and from nothing else, come the chart docs/peers.svg and
the README's table, and what docs/measured.md says of the run. Without an argument all are made again
from the report that is there.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.bench.peers import chart, markdown
from tools.bench.peers.results import Report, read
from tools.bench.sections import with_section

ROOT = Path(__file__).parents[3]
KEPT, CHART = ROOT / "docs" / "peers.json", ROOT / "docs" / "peers.svg"
README, PAGE = ROOT / "README.md", ROOT / "docs" / "measured.md"
BEGIN = "<!-- python -m tools.bench.peers.publish -->"
BEGIN_RUN = "<!-- python -m tools.bench.peers.publish: what was run -->"


def section(report: Report) -> str:
    """What stands in the README after :data:`BEGIN`."""
    picture = f"![Stored / plain, by dataset and tool]({CHART.relative_to(ROOT).as_posix()})"
    return "\n".join(["", picture, "", *markdown.lines(report), "", markdown.where(report), ""])


def run(report: Report) -> str:
    """What stands in the page of figures after :data:`BEGIN_RUN`."""
    return "\n".join(["", *markdown.about(report), ""])


def main(made: str | None = None) -> None:
    if made:
        KEPT.parent.mkdir(exist_ok=True)
        shutil.copyfile(made, KEPT)
    report = read(KEPT)
    CHART.write_text(chart.svg(report))
    README.write_text(with_section(README.read_text(), BEGIN, section(report)))
    PAGE.write_text(with_section(PAGE.read_text(), BEGIN_RUN, run(report)))


if __name__ == "__main__":
    main(*sys.argv[1:])
