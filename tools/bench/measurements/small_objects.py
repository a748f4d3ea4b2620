"""Small objects: a dict of a few values, saved under a new name each, and loaded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import count
from typing import Any

from casreg import Registry
from tools.bench.rows import Row, at_most, each, row
from tools.bench.timing import in_turns, seconds
from tools.bench.work import Work

ROUNDS = 10


def small_objects(work: Work) -> Iterator[Row]:
    batch = max(1, work.sized(1000) // ROUNDS)
    work.say(
        f"{ROUNDS} times {batch} objects in turns: casreg with durability none and fsync; "
        "the peers write JSON to a new file, fsync it and its folder in the second case, and read it back"
    )
    quick, safe = work.registry("none", durability="none"), work.registry("fsync", durability="fsync")
    plain = work.directory / "plain"
    plain.mkdir()
    for registry in (quick, safe):
        registry.save("first", _value(0))
        registry.load("first")
    numbers = {name: count() for name in ("quick", "safe", "plain", "synced", "load", "read")}

    def ours(registry: Registry, which: str) -> float:
        return seconds(lambda: [registry.save(f"run/{n}", _value(n)) for n in _take(numbers[which], batch)])

    def theirs(which: str, durable: bool) -> float:
        return seconds(
            lambda: [
                _write(f"{plain}/{which}{n}.json", _value(n), durable) for n in _take(numbers[which], batch)
            ]
        )

    saved = in_turns(
        ROUNDS,
        quick=lambda: ours(quick, "quick"),
        plain=lambda: theirs("plain", False),
        safe=lambda: ours(safe, "safe"),
        synced=lambda: theirs("synced", True),
    )
    loaded = in_turns(
        ROUNDS,
        ours=lambda: seconds(lambda: [quick.load(f"run/{n}") for n in _take(numbers["load"], batch)]),
        plain=lambda: seconds(
            lambda: [_read(f"{plain}/plain{n}.json") for n in _take(numbers["read"], batch)]
        ),
    )
    unit, one = each(batch), at_most(1)
    yield row("save a small object, durability none", saved["quick"], unit, saved["plain"], "JSON file", one)
    yield row("save a small object, fsync", saved["safe"], unit, saved["synced"], "JSON file, fsync")
    yield row("load a small object", loaded["ours"], unit, loaded["plain"], "JSON file", one)


def _value(number: int) -> dict[str, Any]:
    return {"name": f"run {number}", "rate": number * 1e-3, "steps": number, "tags": ["a", "b"]}


def _take(numbers: count[int], batch: int) -> list[int]:
    return [next(numbers) for _ in range(batch)]


def _write(path: str, value: dict[str, Any], durable: bool) -> None:
    with open(path, "x") as file:
        json.dump(value, file)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    if durable:
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _read(path: str) -> Any:
    with open(path) as file:
        return json.load(file)
