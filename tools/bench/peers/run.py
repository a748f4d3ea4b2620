"""A run: set up, start, measure, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tools.bench import machine
from tools.bench.peers import datasets
from tools.bench.peers.adapters import BASELINE
from tools.bench.peers.datasets import Dataset, Making
from tools.bench.peers.measure import measure
from tools.bench.peers.protocol import NotInstalled, Place, Running, Tool, Version
from tools.bench.peers.results import DataFacts, Report, Result, ToolFacts
from tools.bench.peers.targets import judged
from tools.bench.starting import start


@dataclass(frozen=True)
class Settings:
    rounds: int
    divide: int
    """Made-up data is this much smaller."""
    install: bool
    """Whether to set up what is missing."""
    say: Callable[[str], None]
    """Takes a line for whoever waits."""
    warm_up: bool = True
    """Whether a round more comes first, which does not count."""


def run(tools: Mapping[str, Tool], chosen: Mapping[str, Dataset], place: Place, settings: Settings) -> Report:
    """Every tool on every dataset; nothing is left out: what could not be measured says why."""
    results: list[Result] = []
    with ExitStack() as stack:
        running, missing = start(tools, place, stack, install=settings.install, say=settings.say)
        for data in chosen.values():
            results += _measured(data, tools, running, missing, place, settings)
        versions = {name: one.version for name, one in running.items()}
    return Report(
        machine=machine.facts(),
        rounds=settings.rounds,
        tools=[ToolFacts(t.name, t.label, versions.get(t.name, ""), t.how) for t in tools.values()],
        data=[DataFacts(d.name, d.label, d.about) for d in chosen.values()],
        results=results,
    )


def _measured(
    data: Dataset,
    tools: Mapping[str, Tool],
    running: Mapping[str, Running],
    missing: Mapping[str, str],
    place: Place,
    settings: Settings,
) -> list[Result]:
    """One result for each tool, in their order."""
    settings.say(
        f"{data.name}: {data.about}; {settings.rounds} rounds{' and one before them' * settings.warm_up}"
    )
    folder = place.scratch_for(data.name)
    try:
        versions = _versions(data, folder, place, settings)
    except NotInstalled as error:
        settings.say(f"{data.name} not installed: {error}")
        return [Result(data.name, name, problem=f"not installed: {error}") for name in tools]
    rounds = settings.rounds, settings.warm_up
    measured = measure(data, versions, running, BASELINE, *rounds, folder, settings.say)
    found = {result.tool: judged(result, data) for result in measured}
    for version in versions:
        version.path.unlink()
    return [found.get(name) or Result(data.name, name, problem=missing[name]) for name in tools]


def _versions(data: Dataset, folder: Path, place: Place, settings: Settings) -> list[Version]:
    if data.real and settings.install:
        datasets.install(place)
    source = folder / "source"
    source.mkdir()
    return data.make(Making(source, place, settings.divide))
