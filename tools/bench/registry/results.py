"""The outcome of a run, and the file it is kept in: every round's seconds, so that all else follows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from tools.bench.peers.results import ToolFacts
from tools.bench.registry.tools import OURS, PEERS


@dataclass(frozen=True)
class Figure:
    """One tool in one row."""

    seconds: Sequence[float] = ()
    """By round; none where it could not be measured."""
    problem: str = ""
    """Why not."""
    note: str = ""
    """What is different from the others."""


@dataclass(frozen=True)
class Row:
    label: str
    target: float
    """How many times as fast as each peer casreg is wanted to be."""
    count: int
    """What one round handles; rates are told of it if it is more than one thing."""
    figures: dict[str, Figure]

    def times_as_fast(self, peer: str) -> float | None:
        """casreg as a multiple of a peer's speed, round by round: the median; None without figures."""
        ours, theirs = (self.figures.get(name, Figure()).seconds for name in (OURS, peer))
        pairs = list(zip(ours, theirs, strict=False))
        return median(other / mine for mine, other in pairs) if pairs else None

    @property
    def met(self) -> bool | None:
        """None unless there are figures of casreg and of a peer."""
        found = [times for peer in PEERS if (times := self.times_as_fast(peer)) is not None]
        return all(times >= self.target for times in found) if found else None


@dataclass(frozen=True)
class Kept:
    """Processes that saved at the same time under one name."""

    reported: int
    """Saves that raised nothing."""
    kept: int
    """Versions that are there."""


@dataclass(frozen=True)
class Report:
    machine: dict[str, str]
    rounds: int
    divide: int
    """By which sizes and counts were divided: 1 is the real thing."""
    tools: list[ToolFacts]
    rows: list[Row]
    numbered: dict[str, dict[str, list[Kept]]] = field(default_factory=dict)
    """By what saved at the same time, and by tool: of each round."""


def write(report: Report, path: Path) -> None:
    path.write_text(json.dumps(asdict(report), indent=1) + "\n")


def read(path: Path) -> Report:
    raw = json.loads(path.read_text())
    return Report(
        **{
            **raw,
            "tools": [ToolFacts(**one) for one in raw["tools"]],
            "rows": [_row(one) for one in raw["rows"]],
            "numbered": {
                label: {name: [Kept(**one) for one in found] for name, found in by_tool.items()}
                for label, by_tool in raw["numbered"].items()
            },
        }
    )


def _row(raw: dict[str, object]) -> Row:
    figures = raw["figures"]
    assert isinstance(figures, dict)
    return Row(**{**raw, "figures": {name: Figure(**one) for name, one in figures.items()}})  # type: ignore[arg-type]
