"""The state machine of test_machine.py, with what a Registry tells of versions: figures, differences."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hypothesis import settings
from hypothesis.stateful import rule, run_state_machine_as_test
from test_machine import FAULTS, NAMES, Machine, key

from casreg import CasregError, Registry
from casreg.testing import Crashed, Fault, FaultyStore

T = TypeVar("T")


class Insight(Machine):
    """Whatever failed before: figures add up, and versions are equal that load alike. Whatever fails then: it
    is told, or nothing else than without."""

    @rule(fault=FAULTS)
    def count(self, fault: Fault | None) -> None:
        stats = self._ask(fault, lambda r: r.stats())
        assert {row.name: row.versions for row in stats.rows} == {n: len(v) for n, v in self.model.items()}
        assert sum(row.exclusive for row in stats.rows) <= stats.stored
        assert stats.stored + stats.history + stats.orphaned <= stats.held
        for row in stats.rows:
            rows = self._ask(fault, lambda r, name=row.name: r.stats(name)).rows
            assert [one.version for one in rows] == sorted(self.model[row.name], key=key)
            assert sum(one.added for one in rows) == row.stored
            assert sum(one.exclusive for one in rows) <= row.exclusive

    @rule(a=NAMES, b=NAMES, fault=FAULTS)
    def compare(self, a: str, b: str, fault: Fault | None) -> None:
        if {a, b} <= self.model.keys():
            seeds = [self.model[name][max(self.model[name], key=key)] for name in (a, b)]
            diff = self._ask(fault, lambda r: r.diff(a, b))
            assert diff.equal == (seeds[0] == seeds[1]) == (not (diff.tensors or diff.values or diff.parts))
            assert sum(tensor.status == "changed" for tensor in diff.tensors) <= 2

    @rule(a=NAMES, b=NAMES, fault=FAULTS)
    def verify(self, a: str, b: str, fault: Fault | None) -> None:
        if {a, b} <= self.model.keys():
            seeds = [self.model[name][max(self.model[name], key=key)] for name in (a, b)]
            with tempfile.TemporaryDirectory() as place:
                out = self.registry.checkout(a, Path(place) / "out")
                differences = self._ask(fault, lambda r: r.verify(b, out))
            assert (differences == []) == (seeds[0] == seeds[1])

    @rule(name=NAMES, fault=FAULTS)
    def find(self, name: str, fault: Fault | None) -> None:
        wanted = [f"{name}@{version}" for version in sorted(self.model.get(name, {}), key=key)]
        assert [str(one) for one in self._ask(fault, lambda r: r.find(name, cls=dict))] == wanted

    def _ask(self, fault: Fault | None, look: Callable[[Registry], T]) -> T:
        """The answer, also of a store that fails once; without the fault if that is told."""
        truth = look(self.registry)
        if fault is not None:
            faulty = FaultyStore(self.store)
            registry = self._open(faulty)
            seen = [call.verb for call in faulty.calls].count(fault.verb)
            faulty.plan = frozenset([Fault(fault.call + seen, fault.when, fault.verb)])
            try:
                assert look(registry) == truth
            except (CasregError, Crashed):
                assert faulty.struck
        return truth


def test_figures_add_up_whatever_happened_to_saves() -> None:
    machine = settings(max_examples=15, stateful_step_count=20, deadline=None, derandomize=True)
    run_state_machine_as_test(Insight, settings=machine)
