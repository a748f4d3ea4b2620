"""A run: set up, start, measure, report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial

from tools.bench import machine
from tools.bench.peers.protocol import Place
from tools.bench.peers.results import ToolFacts
from tools.bench.peers.worker import Asked, Failed
from tools.bench.registry import imports, scenarios
from tools.bench.registry.measure import measure
from tools.bench.registry.results import Figure, Kept, Report, Row
from tools.bench.registry.tools import Tool
from tools.bench.starting import start

PROCESSES, EACH = 4, 10
NAMES = ("import", *scenarios.all_of(1), "processes")
"""What ``--only`` takes."""


@dataclass(frozen=True)
class Settings:
    rounds: int
    divide: int
    """Sizes and counts are this much smaller."""
    install: bool
    """Whether to set up what is missing."""
    say: Callable[[str], None]
    """Takes a line for whoever waits."""


def run(tools: Mapping[str, Tool], names: Collection[str], place: Place, settings: Settings) -> Report:
    """Every tool in every row; nothing is left out: what could not be measured says why."""
    rows: list[Row] = []
    numbered: dict[str, dict[str, list[Kept]]] = {}
    with ExitStack() as stack:
        running, missing = start(tools, place, stack, install=settings.install, say=settings.say)
        if "import" in names:
            settings.say("import")
            pythons = {name: (tools[name].python(place), tools[name].module) for name in running}
            rows += imports.measure(pythons, settings.rounds)
        for name, several in scenarios.all_of(settings.divide).items():
            for number, scenario in enumerate(several if name in names else ()):
                settings.say(", ".join(step.label for step in scenario.steps))
                folder = place.scratch_for(f"{name}-{number}")
                rows += measure(scenario, running, settings.rounds, folder, settings.say)
        if "processes" in names:
            for mutable in (False, True):
                asked = _at_once(mutable, settings.divide)
                settings.say(asked.label)
                counted = partial(_numbered, asked, place, settings)
                numbered[asked.label] = {name: counted(name, one) for name, one in running.items()}
        versions = {name: one.version for name, one in running.items()}
    return Report(
        machine=machine.facts(),
        rounds=settings.rounds,
        divide=settings.divide,
        tools=[ToolFacts(t.name, t.label, versions.get(t.name, ""), t.how) for t in tools.values()],
        rows=[_whole(row, tools, missing) for row in rows],
        numbered=numbered,
    )


@dataclass(frozen=True)
class _AtOnce:
    """Processes that number versions of one name at the same time."""

    mutable: bool
    processes: int
    each: int

    @property
    def label(self) -> str:
        mutable = ", mutable=True" if self.mutable else ""
        return (
            f"{self.processes} processes save {self.each} versions each of one name at the same time{mutable}"
        )


def _at_once(mutable: bool, divide: int) -> _AtOnce:
    """Two at least, or nothing is at the same time."""
    return _AtOnce(mutable, max(2, PROCESSES // divide), max(2, EACH // divide))


def _numbered(asked: _AtOnce, place: Place, settings: Settings, name: str, tool: Asked) -> list[Kept]:
    """Nothing of a tool that fails."""
    found = []
    for number in range(settings.rounds):
        folder = place.scratch_for(f"processes/{asked.mutable}/{name}/{number}")
        try:
            reported, kept = tool.ask("count", folder=str(folder), **asdict(asked))["returned"]
        except Failed as error:
            settings.say(f"{name} failed: {error}")
            return []
        found.append(Kept(reported, kept))
    return found


def _whole(row: Row, tools: Mapping[str, Tool], missing: Mapping[str, str]) -> Row:
    """With the figures of tools that are missing, in the order of all."""
    figures = {name: row.figures.get(name) or Figure(problem=missing[name]) for name in tools}
    return replace(row, figures=figures)
