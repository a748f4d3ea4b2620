"""The Registry against a dict, over a store that fails, loses answers and dies: a state machine."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from casreg import CasregError, Registry, RegistryVersionConflict
from casreg.config import Limits
from casreg.journal import Journals
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Store
from casreg.testing import Crashed, Fault, FaultyStore
from casreg.testing.faulty import WHENS

NAMES = st.sampled_from(["a", "b/c"])
EXPLICIT = st.sampled_from(["1", "2", "2.1", "10"])
VERBS = st.sampled_from(["read", "write", "create", "remove", "scan"])
FAULTS = st.none() | st.builds(Fault, st.integers(0, 3), st.sampled_from(WHENS), VERBS)
NOISE = np.random.default_rng(0).integers(0, 255, 210_000, np.uint8)

State = dict[str, dict[str, int]]


PACK = 1 << 16


def value(seed: int) -> dict[str, Any]:
    """Even: small enough to travel inline. Odd: three packs, alike but for a few bytes in one."""
    if seed % 2 == 0:
        return {"seed": seed}
    data = NOISE.copy()
    data[seed * 100 : seed * 100 + 50] = seed
    return {"seed": seed, **{f"data{i}": part for i, part in enumerate(np.split(data, 3))}}


def key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


class Machine(RuleBasedStateMachine):
    """``model`` is what must be visible: one state, or after an operation whose fate was not told, two.

    A save that failed, or whose process died, is gone on from by the next one of its name.
    """

    resumed: ClassVar[int] = 0
    """Saves that went on from an interrupted one."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.journals = Path(tempfile.mkdtemp())
        self.registry = self._open(self.store)
        self.model: State = {}
        self.maybe: State | None = None

    def teardown(self) -> None:
        shutil.rmtree(self.journals)

    def _open(self, store: Store) -> Registry:
        registry = Registry(store, version_objects=True, mutable=True)
        registry._limits = Limits(max_pack=PACK, workers=1)
        registry._journals = Journals(self.journals, "boot", 0)
        return registry

    @rule(name=NAMES, seed=st.integers(0, 9), fault=FAULTS)
    def save(self, name: str, seed: int, fault: Fault | None) -> None:
        versions = self.model.get(name, {})
        target = "1"
        if versions:
            *front, last = max(versions, key=key).split(".")
            target = ".".join([*front, str(int(last) + 1)])
        self._do(fault, lambda r: r.save(name, value(seed)), self._with(name, target, seed), target)

    @rule(name=NAMES, seed=st.integers(0, 9), version=EXPLICIT, fault=FAULTS)
    def save_at(self, name: str, seed: int, version: str, fault: Fault | None) -> None:
        after = self._with(name, version, seed)
        self._do(fault, lambda r: r.save(name, value(seed), version=version), after, version)

    @rule(name=NAMES, seed=st.integers(0, 9), version=EXPLICIT)
    def skip_what_is_there(self, name: str, seed: int, version: str) -> None:
        there = version in self.model.get(name, {})
        try:
            self.registry.save(name, value(seed), version=version, on_conflict="skip")
            assert not there
            self.model = self._with(name, version, seed)
        except RegistryVersionConflict:
            assert there

    @rule(name=NAMES, version=EXPLICIT, fault=FAULTS)
    def delete(self, name: str, version: str, fault: Fault | None) -> None:
        after = {
            n: {v: s for v, s in vs.items() if (n, v) != (name, version)} for n, vs in self.model.items()
        }
        self._do(fault, lambda r: r.delete(name, version), {n: vs for n, vs in after.items() if vs}, None)

    @precondition(lambda self: self.model)
    @rule()
    def reopen(self) -> None:
        self.registry = self._open(self.store)

    @invariant()
    def everything_that_is_listed_is_what_was_saved(self) -> None:
        found: State = {}
        for name, versions in self.registry.list_objects_and_versions().items():
            found[name] = {}
            for version in versions:
                loaded = self.registry.load(name, version, verify="full")
                expected = value(loaded["seed"])
                assert loaded.keys() == expected.keys()
                assert all(np.array_equal(loaded[part], expected[part]) for part in expected)
                found[name][version] = loaded["seed"]
        assert found in (self.model, self.maybe if self.maybe is not None else self.model)
        self.model, self.maybe = found, None

    def _with(self, name: str, version: str, seed: int) -> State:
        return {**self.model, name: {**self.model.get(name, {}), version: seed}}

    def _do(self, fault: Fault | None, act: Any, after: State, told: str | None) -> None:
        store = self.store if fault is None else FaultyStore(self.store, [])
        registry = self.registry if fault is None else self._open(store)
        if isinstance(store, FaultyStore) and fault is not None:
            # Opening is over: the fault is counted from here.
            seen = [call.verb for call in store.calls].count(fault.verb)
            store.plan = frozenset([Fault(fault.call + seen, fault.when, fault.verb)])
        try:
            answer = act(registry)
        except (CasregError, Crashed) as error:
            if fault is None:
                raise
            known = isinstance(error, CasregError) and error.kind != "uncertain"
            self.maybe = None if known else after
            return
        assert told is None or answer == told
        Machine.resumed += bool(getattr(answer, "resumed", 0))
        self.model = after


def test_the_registry_is_a_dict_whatever_happens_to_its_saves() -> None:
    machine = settings(max_examples=40, stateful_step_count=25, deadline=None, derandomize=True)
    run_state_machine_as_test(Machine, settings=machine)
    assert Machine.resumed > 3
