"""Every request of what only looks fails in turn: it says so, or gives what it gives without the fault."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from casreg import CasregError, Registry
from casreg.stores.memory import MemoryStore
from casreg.testing import Crashed, FaultyStore, fault_points

LOOKS: dict[str, Callable[[Registry], Any]] = {
    "diff": lambda r: r.diff("m"),
    "diff, no values": lambda r: r.diff("m", values=False),
    "stats of everything": lambda r: r.stats(),
    "stats of a name": lambda r: r.stats("m"),
    "stats of a version": lambda r: r.stats("m@3"),
    "find": lambda r: r.find("m*", where="loss<0.3", tag="prod"),
    "info": lambda r: r.info(),
    "history": lambda r: r.history("m"),
    "history of a tag": lambda r: r.history("m@prod"),
    "notes": lambda r: r.notes("m@prod"),
    "tags": lambda r: r.tags("m"),
    "verify": lambda r: [r.verify(f"m@{version}", OUT / "m") for version in (2, 3)],
}
OUT = Path(tempfile.mkdtemp())
"""With a checkout of ``m@3``."""


@pytest.fixture(scope="module")
def store() -> Iterator[MemoryStore]:
    store = MemoryStore()
    registry = Registry(store, version_objects=True)
    weights = np.random.default_rng(1).standard_normal(400_000).astype(np.float32)
    for step in range(3):
        registry.save("m", {"w": weights + np.float32(step), "same": weights[::-1].copy(), "step": step})
    registry.save("n", "small")
    registry.delete("m@1")
    registry.delete("n")
    registry.tag("m", "prod", "2")
    registry.tag("m", "prod", "3")
    registry.protect("m@2")
    registry.note("m@3", {"loss": 0.2})
    registry.checkout("m@3", OUT / "m")
    yield store
    shutil.rmtree(OUT)


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_tells_the_truth_or_that_it_cannot(store: MemoryStore, look: str) -> None:
    recording = FaultyStore(store)
    registry = Registry(recording, read_only=True)
    opening = len(recording.calls)
    truth = LOOKS[look](registry)
    before = [call.verb for call in recording.calls[:opening]]
    faults = [
        fault
        for fault in fault_points(recording.calls)
        if fault.verb is not None and fault.call >= before.count(fault.verb)
    ]
    assert faults
    raised = 0
    for fault in faults:
        try:
            assert LOOKS[look](Registry(FaultyStore(store, [fault]), read_only=True)) == truth, fault
        except (CasregError, Crashed):
            raised += 1
    assert raised
