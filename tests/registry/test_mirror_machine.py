"""The state machine of test_machine.py, with another registry that is copied and mirrored to."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from test_machine import EXPLICIT, FAULTS, NAMES, Machine

from casreg import CasregError, Registry, TargetExists, Uncertain, VersionNotFound
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
        source, target, store = self._failing(fault, reading=reading)
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
        for one in wanted.keys() - conflicts:
            assert self.registry.notes(one).items() <= Registry(there).notes(one).items()

    @rule(name=NAMES, version=EXPLICIT, fault=FAULTS, reading=st.booleans())
    def copy(self, name: str, version: str, fault: Fault | None, reading: bool) -> None:
        before = digests(Registry(self.other))
        there = f"{name}@{version}"
        source, target, store = self._failing(fault, reading=reading)
        try:
            copied = source.copy(there, to=target)
        except VersionNotFound:
            assert version not in self.model.get(name, {})
        except TargetExists:
            assert before[there] != digests(self.registry)[there]
        except (CasregError, Crashed) as error:
            assert store.struck
            after = digests(Registry(self.other))
            maybe = isinstance(error, Crashed | Uncertain)
            assert after == before or (maybe and after == {**before, there: digests(self.registry)[there]})
        else:
            assert copied.present == (there in before)
            digest = Registry(self.other).open(there).digest
            assert digest == copied.digest == self.registry.open(there).digest

    @rule(name=NAMES, version=EXPLICIT, key=st.sampled_from("xy"), note=st.integers(0, 3))
    def note(self, name: str, version: str, key: str, note: int) -> None:
        if version in self.model.get(name, {}):
            self.registry.note(f"{name}@{version}", {key: note})

    @rule(name=NAMES, version=EXPLICIT)
    def delete_there(self, name: str, version: str) -> None:
        Registry(self.other).delete(name, version)

    def _failing(self, fault: Fault | None, *, reading: bool) -> tuple[Registry, Registry, FaultyStore]:
        """From where, to where, and the store of the two that will fail: that which is read, or written."""
        store = FaultyStore(self.store if reading else self.other)
        failing = self._open(store)
        if fault is not None:
            seen = [call.verb for call in store.calls].count(fault.verb)
            store.plan = frozenset([Fault(fault.call + seen, fault.when, fault.verb)])
        return (failing, Registry(self.other), store) if reading else (self.registry, failing, store)

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
