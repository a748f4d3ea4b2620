"""Every request of a save with retention fails in turn: the run goes on from its last whole checkpoint."""

import numpy as np
import pytest

from casreg import CasregError, Registry
from casreg.checkpoint import Saver
from casreg.stores.memory import MemoryStore
from casreg.testing import Crashed, Fault, FaultyStore, fault_points

STATES = np.random.default_rng(2).random((5, 20_000))


def prepared() -> MemoryStore:
    """Steps 1 and 2."""
    store = MemoryStore()
    with Saver(Registry(store, version_objects=True), "run") as saver:
        for step in (1, 2):
            saver.save(step, {"w": STATES[step]})
    return store


def save_third(registry: Registry) -> None:
    with Saver(registry, "run", keep_last=1) as saver:
        saver.save(3, {"w": STATES[3]})


def points() -> list[Fault]:
    recording = FaultyStore(prepared())
    registry = Registry(recording)
    opening = [call.verb for call in recording.calls]
    save_third(registry)
    every = fault_points(recording.calls)
    return [f for f in every if f.verb is not None and f.call >= opening.count(f.verb)]


def test_whatever_fails_the_latest_whole_checkpoint_is_restored_and_the_next_tidies_up() -> None:
    faults = points()
    assert {fault.verb for fault in faults} >= {"scan", "read", "write", "create"}
    told = set()
    for fault in faults:
        store = prepared()
        failed = False
        try:
            save_third(Registry(FaultyStore(store, [fault])))
        except (CasregError, Crashed):
            failed = True
        versions = Registry(store).list_versions("run")
        assert versions[-1] == "3" or (failed and versions == ["1", "2"]), fault
        told.add((failed, *versions))
        with Saver(Registry(store), "run", keep_last=1) as saver:
            restored = saver.restore()
            assert restored is not None
            assert restored.version == versions[-1], fault
            assert np.array_equal(restored.state["w"], STATES[restored.step]), fault
            saver.save(4, {"w": STATES[4]})
        assert Registry(store).list_versions("run") == ["4"], fault
    assert {(False, "3"), (True, "1", "2"), (True, "1", "2", "3"), (True, "2", "3")} <= told


@pytest.mark.parametrize("when", ["lost", "unsent"])
def test_a_version_of_which_nobody_can_tell_is_there_or_can_be_saved_again(when: str) -> None:
    store = prepared()
    faults = [Fault(number, when, "create") for number in range(1, 4)]  # of the ref, after the lease
    saver = Saver(Registry(FaultyStore(store, faults)), "run")
    saver.save(3, {"w": STATES[3]})
    with pytest.raises(CasregError):
        saver.wait()
    if "3" not in Registry(store).list_versions("run"):
        saver.save(3, {"w": STATES[3]})
    restored = saver.restore()
    assert restored is not None
    assert np.array_equal(restored.state["w"], STATES[3])
