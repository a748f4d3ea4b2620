"""The state machine of test_machine.py, with another registry that is copied and mirrored to."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from test_machine import EXPLICIT, FAULTS, NAMES, Machine

from casreg import CasregError, Registry, TargetExists, VersionNotFound
from casreg.stores.memory import MemoryStore
from casreg.testing import Crashed, Fault, FaultyStore


class Mirroring(Machine):
    """``copies`` is what may be at the other: the digest of each version that was ever made here."""

    def __init__(self) -> None:
        super().__init__()
        self.other = MemoryStore()
        self._open(self.other)
        self.made: dict[str, str] = {}

    @rule(fault=FAULTS, delete=st.booleans(), reading=st.booleans())
    def mirror(self, fault: Fault | None, delete: bool, reading: bool) -> None:
        if delete and not self.model:
            return
        here, there = self.store, self.other
        source = self._open(FaultyStore(here)) if reading else self.registry
        target = self._open(there) if reading else self._open(FaultyStore(there))
        store = (source if reading else target).backend
        assert isinstance(store, FaultyStore)
        if fault is not None:
            seen = [call.verb for call in store.calls].count(fault.verb)
            store.plan = frozenset([Fault(fault.call + seen, fault.when, fault.verb)])
        try:
            mirrored = source.mirror(to=target, delete=delete)
        except (CasregError, Crashed):
            assert store.struck
            return
        assert mirrored.failures == ()
        wanted, found = digests(Registry(here)), digests(Registry(there))
        conflicts = {str(clash) for clash in mirrored.conflicts}
        assert {one for one in wanted if found.get(one) != wanted[one]} == conflicts
        assert not delete or found.keys() == wanted.keys()
        assert mirrored.present + len(mirrored.copied) + len(conflicts) == len(wanted)

    @rule(name=NAMES, version=EXPLICIT)
    def copy(self, name: str, version: str) -> None:
        before, target = digests(Registry(self.other)), Registry(self.other)
        there = f"{name}@{version}"
        try:
            copied = self.registry.copy(there, to=target)
        except VersionNotFound:
            assert version not in self.model.get(name, {})
        except TargetExists:
            assert before[there] != digests(self.registry)[there]
        else:
            assert copied.present == (there in before)
            assert target.open(there).digest == copied.digest == self.registry.open(there).digest

    @rule(name=NAMES, version=EXPLICIT)
    def delete_there(self, name: str, version: str) -> None:
        Registry(self.other).delete(name, version)

    @invariant()
    def the_other_has_nothing_but_what_was_made_here_and_all_of_it_loads(self) -> None:
        for one, digest in digests(self.registry).items():
            self.made[digest] = one
        target = Registry(self.other)
        for one, digest in digests(target).items():
            assert self.made[digest] == one
            target.load(one, verify="full")


def digests(registry: Registry) -> dict[str, str]:
    return {
        f"{name}@{version}": facts["digest"]
        for name, versions in registry.info().items()
        for version, facts in versions.items()
    }


def test_the_other_registry_is_a_mirror_whatever_happens() -> None:
    machine = settings(max_examples=15, stateful_step_count=25, deadline=None, derandomize=True)
    run_state_machine_as_test(Mirroring, settings=machine)
