"""Stored / plain by dataset and tool, as an SVG: a pure function of a report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tools.bench.peers.markdown import shown
from tools.bench.peers.results import DataFacts, Report, ToolFacts
from tools.bench.peers.targets import OF

_WIDTH, _NAMES, _FIGURES = 720, 150, 60
_BAR, _GAP, _TITLE, _SPACE = 14, 4, 26, 16
_LEFT_OUT = {"casreg-none"}
"""It stores the same bytes as casreg."""
_OURS, _THEIRS, _INK, _FAINT = "#1f6f8b", "#b8c4cc", "#1b1f23", "#8a949c"


def svg(report: Report) -> str:
    """One group of bars for each dataset, on the scale from nothing to plain; shorter is better."""
    body: list[str] = []
    tools = [tool for tool in report.tools if tool.name not in _LEFT_OUT]
    top = _SPACE
    for data in report.data:
        body += _group(data, tools, report, top)
        top += _TITLE + len(tools) * (_BAR + _GAP) + _SPACE
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" '
        f'height="{top}" font-family="sans-serif" font-size="12" role="img" '
        'aria-label="Stored bytes as a part of plain ones, by dataset and tool">'
    )
    paper = f'<rect width="{_WIDTH}" height="{top}" rx="6" fill="#ffffff"/>'
    return "\n".join([head, paper, *body, "</svg>"]) + "\n"


def _group(data: DataFacts, tools: Sequence[ToolFacts], report: Report, top: int) -> list[str]:
    words = f"{data.label}, {shown(report.all_of(data.name))}"
    lines = [
        f'<text x="12" y="{top + 14}" fill="{_INK}" font-weight="bold">{escape(words)}: stored / plain</text>'
    ]
    for number, tool in enumerate(tools):
        lines += _bar(data, tool, report, top + _TITLE + number * (_BAR + _GAP))
    return lines


def _bar(data: DataFacts, tool: ToolFacts, report: Report, top: int) -> list[str]:
    result = report.of(data.name, tool.name)
    base = top + _BAR - 3
    name = f'<text x="{_NAMES}" y="{base}" text-anchor="end" fill="{_INK}">{escape(tool.label)}</text>'
    left = _NAMES + 8
    if result.ratio is None:
        why = escape(result.problem.partition(":")[0])
        return [name, f'<text x="{left}" y="{base}" fill="{_FAINT}">{why}</text>']
    length = min(result.ratio, 1) * (_WIDTH - left - _FIGURES)
    colour = _OURS if tool.name == OF else _THEIRS
    return [
        name,
        f'<rect x="{left}" y="{top}" width="{length:.1f}" height="{_BAR}" fill="{colour}"/>',
        f'<text x="{left + length + 6:.1f}" y="{base}" fill="{_INK}">{result.ratio:.3f}</text>',
    ]
