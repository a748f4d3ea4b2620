"""The outcome of a run, and the file it is kept in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """One tool on one dataset. Times are medians of the rounds, in seconds; None where not measured."""

    data: str
    tool: str
    problem: str = ""
    """Why there are no figures: the tool is not installed, or it failed."""
    plain: int = 0
    """Bytes of one version."""
    versions: int = 1
    stored_first: int | None = None
    """Bytes of all files of the store after the first version."""
    stored: int | None = None
    """The same after the last one."""
    save: float | None = None
    """Of the first version, into an empty store."""
    save_best: float | None = None
    save_ratio: float | None = None
    """To the baseline's, round by round: the median."""
    save_next: float | None = None
    """Of each later version."""
    load: float | None = None
    """Of the last version, into a new file."""
    load_best: float | None = None
    load_ratio: float | None = None
    target: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> float | None:
        """Stored / plain, all versions together."""
        return self.stored / (self.plain * self.versions) if self.stored is not None else None

    @property
    def grown(self) -> float | None:
        """What all versions take, as a multiple of what the first one took."""
        return self.stored / self.stored_first if self.stored and self.stored_first else None


@dataclass(frozen=True)
class ToolFacts:
    name: str
    label: str
    version: str
    """Empty if it is not installed, or does not tell."""
    how: str


@dataclass(frozen=True)
class DataFacts:
    name: str
    label: str
    about: str


@dataclass(frozen=True)
class Report:
    machine: dict[str, str]
    rounds: int
    tools: list[ToolFacts]
    data: list[DataFacts]
    results: list[Result]

    def of(self, data: str, tool: str) -> Result:
        return next(one for one in self.results if (one.data, one.tool) == (data, tool))

    def all_of(self, data: str) -> Sequence[Result]:
        return [one for one in self.results if one.data == data]


def write(report: Report, path: Path) -> None:
    path.write_text(json.dumps(asdict(report), indent=1) + "\n")


def read(path: Path) -> Report:
    raw = json.loads(path.read_text())
    return Report(
        machine=raw["machine"],
        rounds=raw["rounds"],
        tools=[ToolFacts(**one) for one in raw["tools"]],
        data=[DataFacts(**one) for one in raw["data"]],
        results=[Result(**one) for one in raw["results"]],
    )
