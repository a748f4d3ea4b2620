"""A dict of many small arrays: saved and loaded, against pickle."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from tools.bench.data import random_bytes, shown
from tools.bench.rows import Row, at_least, rate, row
from tools.bench.timing import in_turns, seconds, settle
from tools.bench.work import Work

ROUNDS = 3
ARRAY = 4 << 10


def many_arrays(work: Work) -> Iterator[Row]:
    arrays = work.sized(100_000)
    size = arrays * ARRAY
    work.say(
        f"{ROUNDS} times, in turns, a dict of {arrays} arrays of {shown(ARRAY)}: save into a new store, "
        "load; pickle to a file + fsync, unpickle"
    )
    values = np.frombuffer(random_bytes(size), np.uint32).reshape(arrays, -1)
    tree = {f"layer.{number}.weight": values[number].copy() for number in range(arrays)}
    numbers = count()
    pickled = work.directory / "pickled"
    kept = work.registry("kept")
    kept.save("tree", tree)
    _pickle(tree, pickled)

    def save() -> float:
        registry = work.registry(f"store{next(numbers)}")
        settle()
        return seconds(registry.save, "tree", tree)

    def pickle_new() -> float:
        settle()
        return seconds(_pickle, tree, work.directory / f"pickled{next(numbers)}")

    taken = in_turns(
        ROUNDS,
        save=save,
        dump=pickle_new,
        load=lambda: seconds(kept.load, "tree"),
        unpickle=lambda: seconds(_unpickle, pickled),
    )
    unit, target = rate(size, "MB/s"), at_least(50)
    yield row(f"save {arrays} arrays", taken["save"], unit, taken["dump"], "pickle + fsync", target)
    yield row(f"load {arrays} arrays", taken["load"], unit, taken["unpickle"], "unpickle", target)


def _pickle(tree: dict[str, Any], path: Path) -> None:
    with path.open("wb") as file:
        pickle.dump(tree, file, protocol=5)
        file.flush()
        os.fsync(file.fileno())


def _unpickle(path: Path) -> Any:
    with path.open("rb") as file:
        return pickle.load(file)
