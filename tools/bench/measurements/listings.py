"""Listing the versions of a name, and reading what is known of each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from casreg import Registry
from tools.bench.rows import MILLISECONDS, Row, at_most, row
from tools.bench.timing import in_turns, seconds
from tools.bench.work import Work

ROUNDS = 10


def listings(work: Work) -> Iterator[Row]:
    many, some = work.sized(10_000), work.sized(1000)
    work.say(
        f"{many} and {some} versions of two names, each a small dict saved with durability none; then "
        f"{ROUNDS} times, in turns, from a new Registry each: list_versions, info(name); the peers look at, "
        "or read, the same files"
    )
    registry = work.registry("store", durability="none")
    for name, count in (("many", many), ("some", some)):
        for number in range(count):
            registry.save(name, {"step": number})
    store = work.directory / "store"
    taken = in_turns(
        ROUNDS,
        list=lambda: _fresh(store, lambda fresh: fresh.list_versions("many"), many),
        look=lambda: seconds(_look_at, store / "refs" / "many"),
        info=lambda: _fresh(store, lambda fresh: fresh.info("some"), some),
        read=lambda: seconds(_read, store / "refs" / "some"),
        load=lambda: _fresh(store, lambda fresh: fresh.load("many@1"), 1),
    )
    unit = MILLISECONDS
    yield row(f"list_versions of {many}", taken["list"], unit, taken["look"], "scandir + stat", at_most(50))
    yield row(f"info(name) of {some}", taken["info"], unit, taken["read"], "reading the refs", at_most(30))
    yield row(f"load one of {many} versions", taken["load"], unit)


def _fresh(store: Path, ask: Callable[[Registry], Any], expected: int) -> float:
    registry = Registry(store)
    answers: list[Any] = []
    taken = seconds(lambda: answers.append(ask(registry)))
    assert len(answers[0]) == expected
    return taken


def _look_at(folder: Path) -> None:
    with os.scandir(folder) as entries:
        sorted((entry.name, entry.stat().st_size) for entry in entries)


def _read(folder: Path) -> None:
    for name in os.listdir(folder):
        (folder / name).read_bytes()
