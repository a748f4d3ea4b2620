"""The state machine of test_machine.py, with tags, protection, history, undo and rename, whatever fails."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from test_machine import FAULTS, NAMES, Machine, State, value

from casreg import CasregError, Conflict, InvalidInput, NotFound, Registry, refs
from casreg.marks import all_marks
from casreg.testing import Crashed, Fault, FaultyStore

TAGS = st.sampled_from(["prod", "rc"])
VERSIONS = st.sampled_from(["1", "2"])
Place: TypeAlias = tuple[str, str]
"""A name, and a version or a tag."""
Saved: TypeAlias = tuple[int, int]
"""A seed, and the number of the save: each has a digest of its own."""


@dataclass
class World:
    """What must be seen."""

    past: dict[Place, list[tuple[Saved | None, int]]] = field(default_factory=dict)
    """Of each generation of a version what it holds, None if it was deleted, and the generation that it
    restores, or itself."""
    tags: dict[Place, str] = field(default_factory=dict)
    protected: set[Place] = field(default_factory=set)

    def then(self, at: Place, saved: Saved | None, origin: int | None = None) -> None:
        """A new generation, unless a version that is not there is deleted."""
        past = self.past.setdefault(at, [])
        if saved is not None or self.there(at):
            past.append((saved, origin or len(past) + 1))
        if not past:
            del self.past[at]

    def there(self, at: Place) -> Saved | None:
        past = self.past.get(at)
        return past[-1][0] if past else None

    def all_there(self, name: str) -> dict[str, Saved]:
        places = [at for at in self.past if at[0] == name]
        return {at[1]: saved for at in places if (saved := self.there(at))}

    def tags_of(self, at: Place) -> set[Place]:
        return {tag for tag, version in self.tags.items() if (tag[0], version) == at}

    @property
    def model(self) -> State:
        names = {name: self.all_there(name) for name, _ in self.past}
        return {name: {v: seed for v, (seed, _) in found.items()} for name, found in names.items() if found}

    @property
    def view(self) -> tuple[Any, ...]:
        """As :meth:`Marks.view`, what a store shows without loading anything."""
        return {at: len(past) for at, past in self.past.items()}, self.tags, self.protected


Refused: TypeAlias = tuple[type[CasregError], ...]


class Marks(Machine):
    """Every call does what ``world`` becomes, or is refused with nothing changed."""

    save = skip_what_is_there = None  # others see to automatic numbers

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.saves = 0
        for version, seed in (("1", 1), ("1", 2), ("2", 4)):
            self.save_at("a", version, seed, None)
        self.delete("a", "2", force=False, fault=None)

    @rule(name=NAMES, version=VERSIONS, seed=st.integers(0, 9), fault=FAULTS)
    def save_at(self, name: str, version: str, seed: int, fault: Fault | None) -> None:
        at = name, version
        refused = (Conflict,) if at in self.world.protected else ()
        self.saves += 1
        saved = seed, self.saves
        self._act(
            fault, lambda r: r.save(name, value(seed), version=version), lambda w: w.then(at, saved), refused
        )

    @rule(name=NAMES, version=VERSIONS, force=st.booleans(), fault=FAULTS)
    def delete(self, name: str, version: str, force: bool, fault: Fault | None) -> None:
        at = name, version
        tags = self.world.tags_of(at)

        def after(world: World) -> None:
            world.then(at, None)
            for tag in tags:
                del world.tags[tag]

        refused = (Conflict,) if at in self.world.protected or (tags and not force) else ()
        self._act(fault, lambda r: r.delete(name, version, force=force), after, refused, steps=bool(tags))

    @rule(name=NAMES, tag=TAGS, version=VERSIONS, fault=FAULTS)
    def tag(self, name: str, tag: str, version: str, fault: Fault | None) -> None:
        refused = () if self.world.there((name, version)) else (NotFound,)

        def after(world: World) -> None:
            world.tags[name, tag] = version

        self._act(fault, lambda r: r.tag(name, tag, version), after, refused)

    @rule(name=NAMES, tag=TAGS, fault=FAULTS)
    def untag(self, name: str, tag: str, fault: Fault | None) -> None:
        refused = () if (name, tag) in self.world.tags else (NotFound,)
        self._act(fault, lambda r: r.untag(name, tag), lambda w: w.tags.pop((name, tag)), refused)

    @rule(name=NAMES, version=VERSIONS, fault=FAULTS)
    def protect(self, name: str, version: str, fault: Fault | None) -> None:
        at = name, version
        refused = () if self.world.there(at) else (NotFound,)
        self._act(fault, lambda r: r.protect(f"{name}@{version}"), lambda w: w.protected.add(at), refused)

    @rule(name=NAMES, version=VERSIONS, fault=FAULTS)
    def unprotect(self, name: str, version: str, fault: Fault | None) -> None:
        at = name, version
        refused = () if at in self.world.past else (NotFound,)
        self._act(
            fault, lambda r: r.unprotect(f"{name}@{version}"), lambda w: w.protected.discard(at), refused
        )

    @rule(name=NAMES, version=VERSIONS, generation=st.none() | st.integers(1, 5), fault=FAULTS)
    def undo(self, name: str, version: str, generation: int | None, fault: Fault | None) -> None:
        at = name, version
        target = self._target(at, generation)
        refused: Refused = () if target else (InvalidInput, NotFound)
        if target and self.world.there(at) and at in self.world.protected:
            refused = (Conflict,)

        def after(world: World) -> None:
            world.then(at, *world.past[at][(target or 0) - 1])

        self._act(fault, lambda r: r.undo(f"{name}@{version}", generation=generation), after, refused)

    @rule(old=NAMES, new=NAMES, fault=FAULTS)
    def rename(self, old: str, new: str, fault: Fault | None) -> None:
        versions, there = map(self.world.all_there, (old, new))
        tags = {tag: version for (name, tag), version in self.world.tags.items() if name == old}
        clash = {version for version, saved in versions.items() if there.get(version, saved) != saved}
        clash |= {tag for tag, version in tags.items() if self.world.tags.get((new, tag), version) != version}

        def after(world: World) -> None:
            for version, saved in versions.items():
                if version not in there:
                    world.then((new, version), saved)
                world.then((old, version), None)
            for tag, version in tags.items():
                world.tags[new, tag] = world.tags.pop((old, tag))
                assert world.tags[new, tag] == version
            world.protected = {(new if name == old else name, version) for name, version in world.protected}

        refused = (InvalidInput, NotFound, Conflict) if old == new or not versions or clash else ()
        self._act(fault, lambda r: r.rename(old, new), after, refused, steps=True)

    @rule(name=NAMES, version=VERSIONS)
    def history(self, name: str, version: str) -> None:
        past = self.world.past.get((name, version), [])
        if not past:
            with pytest.raises(NotFound):
                self.registry.history(f"{name}@{version}")
            return
        events = [e for e in self.registry.history(f"{name}@{version}") if e.tag is None]
        told = [e for e in events if e.action not in ("protected", "unprotected")]
        assert [event.generation for event in told] == list(range(len(past), 0, -1))
        for event in told:
            held, origin = past[event.generation - 1]
            over = event.generation > 1 and past[event.generation - 2][0] is not None
            saved = "overwritten" if over else "saved"
            restored = "restored" if origin != event.generation else saved
            assert event.action == ("deleted" if held is None else restored)
            assert event.restorable == (self._target((name, version), event.generation) is not None)

    @invariant()
    def what_is_marked_is_there_and_nothing_else_is(self) -> None:
        assert self._view() == self.world.view
        for (name, tag), version in self.world.tags.items():
            assert self.registry.open(f"{name}@{tag}").version == version
        assert all(self.world.there(at) for at in self.world.protected)

    def _target(self, at: Place, generation: int | None) -> int | None:
        """Which generation an undo brings back."""
        past = self.world.past.get(at)
        if not past:
            return None
        kept = [number for number, (held, _) in enumerate(past, 1) if held is not None]
        if generation is None:
            return max((number for number in kept if number < past[-1][1]), default=None)
        return generation if generation in kept and generation not in (len(past), past[-1][1]) else None

    def _view(self) -> tuple[Any, ...]:
        marks = all_marks(self.store)
        states = [refs.parse(entry.key) for entry in self.store.scan("refs/")]
        return (
            Counter((str(state.name), str(state.version)) for state in states),
            {(n, t): str(version) for n, found in marks.items() for t, version in found.tags.items()},
            {(str(name), str(version)) for name, found in marks.items() for version in found.protected},
        )

    def _act(
        self,
        fault: Fault | None,
        act: Callable[[Registry], Any],
        change: Callable[[World], Any],
        refused: Refused,
        *,
        steps: bool = False,
    ) -> None:
        """``steps``: of several; what failed between them is finished by the same call."""
        after = deepcopy(self.world)
        if not refused:
            change(after)
        try:
            self._with_fault(fault, act)
            assert not refused
        except (CasregError, Crashed) as error:
            if fault is None and not isinstance(error, refused):
                raise
            known = isinstance(error, CasregError) and error.kind != "uncertain"
            view = self._view()
            if view == self.world.view and (known or view != after.view):
                return
            if view != after.view:
                assert steps, fault
                act(self.registry)
            else:
                assert steps or not known, fault
        self.world = after
        self.model = after.model

    def _with_fault(self, fault: Fault | None, act: Callable[[Registry], Any]) -> None:
        if fault is None:
            act(self.registry)
            return
        store = FaultyStore(self.store)
        registry = self._open(store)
        seen = [call.verb for call in store.calls].count(fault.verb)
        store.plan = frozenset([Fault(fault.call + seen, fault.when, fault.verb)])
        act(registry)


def test_marks_and_history_are_those_of_the_model_whatever_fails() -> None:
    machine = settings(max_examples=40, stateful_step_count=30, deadline=None, derandomize=True)
    run_state_machine_as_test(Marks, settings=machine)
