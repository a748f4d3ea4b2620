"""Rounds of a scenario: every tool once per round, another one first each time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from tools.bench.data import empty
from tools.bench.peers.worker import Asked, Failed
from tools.bench.registry.results import Figure, Row
from tools.bench.registry.scenarios import Scenario, Step
from tools.bench.timing import in_turns, settle

Say = Callable[[str], None]


@dataclass
class _Taken:
    """Of one tool, by step and round."""

    steps: dict[str, list[float]]
    problem: str = ""
    note: str = ""
    numbers: count[int] = field(default_factory=count)


def measure(
    scenario: Scenario, running: Mapping[str, Asked], rounds: int, folder: Path, say: Say
) -> list[Row]:
    """A row for each step. A round more comes first, which does not count: what the machine touches for the
    first time is slow. In it, what comes back is compared with what was saved.

    A tool that fails has that for a figure, and the others go on.
    """
    made = folder / "made"
    made.mkdir()
    given = scenario.prepare(made)
    taken = {name: _Taken({step.method: [] for step in scenario.steps}) for name in running}
    runs = {
        name: partial(_round, scenario, given, running[name], taken[name], folder / name, say)
        for name in running
    }
    in_turns(rounds, warm_up=True, **runs)
    for tool, one in zip(running.values(), taken.values(), strict=True):
        if not one.problem:
            tool.ask("end")
    empty(folder)
    return [_row(step, taken) for step in scenario.steps]


def _round(
    scenario: Scenario,
    given: Mapping[str, object],
    tool: Asked,
    taken: _Taken,
    folder: Path,
    say: Say,
) -> float:
    """The seconds of all steps; nothing is done for a tool that has failed."""
    number = next(taken.numbers)
    if taken.problem:
        return 0.0
    try:
        if scenario.anew or number == 0:
            place = folder / str(number)
            place.mkdir(parents=True)
            sizes = {**scenario.sizes, **given}
            taken.note = tool.ask("begin", task=scenario.task, folder=str(place), sizes=sizes)["returned"]
        seconds = [_step(tool, step, scenario.moved) for step in scenario.steps]
        if number == 0:
            tool.ask("check")
        if scenario.anew:
            tool.ask("end")
            empty(place)
    except Failed as error:
        taken.problem = f"failed: {error}"
        say(f"{folder.name} {taken.problem}")
        return 0.0
    if number > 0:
        for step, one in zip(scenario.steps, seconds, strict=True):
            taken.steps[step.method].append(one)
    return sum(seconds)


def _step(tool: Asked, step: Step, moved: int) -> float:
    if moved:
        settle(moved)
    else:
        os.sync()
    return float(tool.ask("step", name=step.method)["seconds"])


def _row(step: Step, taken: Mapping[str, _Taken]) -> Row:
    figures = {
        name: Figure(problem=one.problem) if one.problem else Figure(one.steps[step.method], note=one.note)
        for name, one in taken.items()
    }
    return Row(step.label, step.target, step.count, figures)
