"""The state machine of test_machine.py, with what a Registry tells of versions side by side."""

from hypothesis import settings
from hypothesis.stateful import rule, run_state_machine_as_test
from test_machine import NAMES, Machine, key


class Insight(Machine):
    """Whatever failed before: figures add up, and versions are equal that load alike."""

    @rule()
    def count(self) -> None:
        stats = self.registry.stats()
        assert {row.name: row.versions for row in stats.rows} == {n: len(v) for n, v in self.model.items()}
        assert sum(row.exclusive for row in stats.rows) <= stats.stored
        assert stats.stored + stats.history + stats.orphaned <= stats.held
        for row in stats.rows:
            rows = self.registry.stats(row.name).rows
            assert [one.version for one in rows] == sorted(self.model[row.name], key=key)
            assert sum(one.added for one in rows) == row.stored
            assert sum(one.exclusive for one in rows) <= row.exclusive

    @rule(a=NAMES, b=NAMES)
    def compare(self, a: str, b: str) -> None:
        if {a, b} <= self.model.keys():
            seeds = [self.model[name][max(self.model[name], key=key)] for name in (a, b)]
            diff = self.registry.diff(a, b)
            assert diff.equal == (seeds[0] == seeds[1]) == (not (diff.tensors or diff.values or diff.parts))
            assert sum(tensor.status == "changed" for tensor in diff.tensors) <= 2


def test_figures_add_up_whatever_happened_to_saves() -> None:
    machine = settings(max_examples=15, stateful_step_count=15, deadline=None, derandomize=True)
    run_state_machine_as_test(Insight, settings=machine)
