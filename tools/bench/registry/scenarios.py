"""What is measured: tasks (see workers.tasks), their sizes, and what is wanted of each step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.bench.data import directory_of_files

AS_FAST, FIVE_TIMES = 1.0, 5.0
FILE = 50_000


@dataclass(frozen=True)
class Step:
    """What one round times of a task."""

    method: str
    label: str
    target: float = AS_FAST
    """How many times as fast as each peer casreg is wanted to be, at least."""
    count: int = 1
    """How many things it handles, if the rate is what is told of it."""


@dataclass(frozen=True)
class Scenario:
    """A task with the same steps in every round."""

    task: str
    sizes: Mapping[str, Any]
    steps: tuple[Step, ...]
    anew: bool = True
    """Whether each round begins with an empty store: not if its steps change nothing."""
    moved: int = 0
    """Bytes, if they are so many that memory and disk must settle before each step."""
    prepare: Callable[[Path], Mapping[str, Any]] = field(default=lambda _: {})
    """More sizes: of what is made once for all rounds and tools, in a folder of its own."""


def all_of(divide: int) -> dict[str, list[Scenario]]:
    """By the name that ``--only`` takes; sizes and counts divided."""

    def sized(full: int) -> int:
        return max(1, full // divide)

    return {
        "small": [_small(kind, threads, sized(320)) for kind in ("dict", "string") for threads in (1, 16)],
        "arrays": [_arrays(10, sized(20_000_000))],
        "directory": [_directory(sized(1000))],
        "info": [_info(sized(1000))],
        "batch": [_batch(30)],
        "churn": [_churn(10, sized(100))],
    }


def _small(kind: str, threads: int, count: int) -> Scenario:
    what = {"dict": "dicts of 4 values", "string": "strings"}[kind]
    by = f", {threads} threads" if threads > 1 else ""
    steps = (
        Step("save", f"save {what}{by}", count=count),
        Step("load", f"load {what}{by}", count=count),
    )
    return Scenario("small", {"count": count, "threads": threads, "kind": kind}, steps)


def _batch(count: int) -> Scenario:
    steps = (
        Step("save", f"save a batch of {count} dicts", count=count),
        Step("load", f"load a batch of {count} dicts", count=count),
    )
    return Scenario("batch", {"count": count}, steps)


def _arrays(count: int, size: int) -> Scenario:
    what = f"a dict of {count} arrays of {size / 1e6:g} MB"
    return Scenario(
        "arrays",
        {"count": count, "size": size},
        (Step("save", f"save {what}"), Step("load", f"load {what}")),
        moved=count * size,
    )


def _directory(count: int) -> Scenario:
    what = f"a directory of {count} files, {count * FILE / 1e6:g} MB"
    steps = (
        Step("save", f"save {what}", FIVE_TIMES),
        Step("load", f"load {what} to output_dir", FIVE_TIMES),
    )

    def files(folder: Path) -> dict[str, str]:
        return {"source": str(directory_of_files(folder / "files", count, FILE))}

    return Scenario("directory", {}, steps, moved=count * FILE, prepare=files)


def _info(versions: int) -> Scenario:
    return Scenario(
        "info",
        {"versions": versions},
        (Step("info", f"info() over {versions} versions", FIVE_TIMES),),
        anew=False,
    )


def _churn(names: int, versions: int) -> Scenario:
    count = names * versions
    steps = (
        Step("save", f"save {versions} versions of {names} names", count=count),
        Step("list", f"list all {count}"),
        Step("load", f"load the {names} latest", count=names),
        Step("delete", "delete all", count=count),
    )
    return Scenario("churn", {"names": names, "versions": versions}, steps)
