"""Rounds: every tool once per round, another one first each time, every time into a fresh store.

Stores are emptied, not removed: creating files is slow on some file systems for a while after many
were deleted, and the next tool would pay for it.
"""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tools.bench.data import empty, files_below, read_through
from tools.bench.peers.datasets import Dataset
from tools.bench.peers.protocol import Running, Version
from tools.bench.peers.results import Result
from tools.bench.peers.worker import Failed
from tools.bench.timing import settle


@dataclass
class _Taken:
    """Of one tool, by round."""

    save: list[float] = field(default_factory=list)
    later: list[float] = field(default_factory=list)
    """All later versions of all rounds."""
    load: list[float] = field(default_factory=list)
    stored_first: int = 0
    stored: int = 0
    problem: str = ""


def measure(
    data: Dataset,
    versions: Sequence[Version],
    tools: Mapping[str, Running],
    baseline: str,
    rounds: int,
    warm_up: bool,
    folder: Path,
    say: Callable[[str], None],
) -> list[Result]:
    """A result for each of ``tools``. With ``warm_up`` a round more comes first, which does not count: what
    the machine touches for the first time is slow. In the first round every file that comes back is compared
    with what was saved.

    A tool that fails has that for a result, and the others go on.
    """
    taken = {name: _Taken() for name in tools}
    names = list(tools)
    for number in range(rounds + warm_up):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            if not taken[name].problem:
                place = folder / f"{number}-{name}"
                place.mkdir()
                try:
                    _once(tools[name], versions, place, taken[name], check=number == 0)
                except Failed as error:
                    taken[name].problem = f"failed: {error}"
                    say(f"{name} {taken[name].problem}")
                empty(place)
        if number == 0 and warm_up:
            for one in taken.values():
                one.save, one.later, one.load = [], [], []
    plain = max(version.path.stat().st_size for version in versions)
    return [
        _result(data, name, plain, len(versions), one, taken.get(baseline)) for name, one in taken.items()
    ]


def _once(tool: Running, versions: Sequence[Version], place: Path, taken: _Taken, check: bool) -> None:
    store, target = place / "store", place / "out"
    tool.prepare(store)
    for version in versions:
        read_through(version.path)
        settle(version.path.stat().st_size)
        seconds = tool.save(version, store)
        if version is versions[0]:
            taken.save.append(seconds)
            taken.stored_first = _size(store)
        else:
            taken.later.append(seconds)
    taken.stored = _size(store)
    target.mkdir()
    settle(versions[-1].path.stat().st_size)
    taken.load.append(tool.load(versions[-1], store, target))
    if check:
        _compare(versions[-1].path, target)


def _compare(source: Path, target: Path) -> None:
    found = files_below(target)
    if len(found) != 1 or not filecmp.cmp(source, found[0], shallow=False):
        raise Failed(f"what came back is not what was saved: {len(found)} files")


def _size(folder: Path) -> int:
    return sum(file.lstat().st_size for file in files_below(folder))


def _result(
    data: Dataset, name: str, plain: int, versions: int, taken: _Taken, baseline: _Taken | None
) -> Result:
    if taken.problem:
        return Result(data.name, name, problem=taken.problem, plain=plain, versions=versions)
    base = baseline if baseline and not baseline.problem else None
    return Result(
        data=data.name,
        tool=name,
        plain=plain,
        versions=versions,
        stored_first=taken.stored_first,
        stored=taken.stored,
        save=median(taken.save),
        save_best=min(taken.save),
        save_ratio=_ratio(taken.save, base.save) if base else None,
        save_next=median(taken.later) if taken.later else None,
        load=median(taken.load),
        load_best=min(taken.load),
        load_ratio=_ratio(taken.load, base.load) if base else None,
    )


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(mine / other for mine, other in zip(ours, theirs, strict=True))
