"""Verbs at once, one request of one of them at a time, in many orders."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from casreg import CasregError, Conflict, NotFound, Registry, Uncertain
from casreg.marks import all_marks
from casreg.stores.memory import MemoryStore
from casreg.testing import Actor, SteppedStore

Act: TypeAlias = Callable[[Registry], Any]
ORDERS = 120
RACES: dict[str, list[Act]] = {
    "tag, delete": [lambda r: r.tag("m", "x", "1"), lambda r: r.delete("m@1")],
    "move a tag, delete both": [
        lambda r: r.tag("m", "prod", "1"),
        lambda r: r.delete("m@1"),
        lambda r: r.delete("m@2"),
    ],
    "tag two, delete all": [
        lambda r: r.tag("m", "x", "1"),
        lambda r: r.tag("m", "y", "3"),
        lambda r: r.untag("m", "prod"),
        lambda r: r.delete("m"),
    ],
    "tag, delete all by force": [lambda r: r.tag("m", "prod", "3"), lambda r: r.delete("m", force=True)],
    "protect, delete": [lambda r: r.protect("m@1"), lambda r: r.delete("m@1", force=True)],
    "protect, overwrite": [lambda r: r.protect("m@1"), lambda r: r.save("m", "new", version="1")],
    "undo, save, delete": [
        lambda r: r.undo("m@4"),
        lambda r: r.save("m", "new", version="4"),
        lambda r: r.delete("m@4"),
    ],
    "rename, tag": [lambda r: r.rename("m", "n"), lambda r: r.tag("m", "x", "1")],
    "rename, note": [lambda r: r.rename("m", "n"), lambda r: r.note("m@1", {"loss": 0.25}, remove="old")],
    "rename, protect": [lambda r: r.rename("m", "n"), lambda r: r.protect("m@1")],
    "rename, overwrite": [lambda r: r.rename("m", "n"), lambda r: r.save("m", "new", version="1")],
    "rename, rename to another": [lambda r: r.rename("m", "n"), lambda r: r.rename("m", "o")],
    "rename, copy": [lambda r: r.rename("m", "n"), lambda r: r.copy("m@1", to=r, name="n", version="9")],
}
"""What is done at once."""


def prepared() -> MemoryStore:
    """``m`` has three versions, 2 is ``prod``, 4 was deleted."""
    store = MemoryStore()
    registry = Registry(store, version_objects=True, mutable=True)
    for number in (1, 2, 3, 4):
        registry.save("m", str(number))
    registry.delete("m@4")
    registry.tag("m", "prod", "2")
    registry.note("m@1", {"loss": 0.5, "old": 1})
    return store


def run(store: MemoryStore, acts: list[Act], order: random.Random) -> dict[int, Any]:
    """What each act gave; errors are answers. Who goes on next is drawn, in runs of some length."""
    answers: dict[int, Any] = {}

    def program(number: int, act: Act) -> None:
        try:
            answers[number] = act(registries[number])
        except CasregError as error:
            answers[number] = error

    registries, actors = [], []
    for number, act in enumerate(acts):
        actors.append(Actor(str(number), lambda number=number, act=act: program(number, act)))
        registries.append(Registry(store))
        stepped = SteppedStore(store, actors[-1].ask)
        registries[-1]._opened = replace(registries[-1]._opened, store=stepped)
        registries[-1]._journals = None
    for actor in actors:
        actor.go_on()
    at = 0
    while live := [actor for actor in actors if not actor.done]:
        at = order.randrange(len(live)) if order.random() < 0.4 else min(at, len(live) - 1)
        live[at].go_on(answer(live[at].effect))
    assert [actor.error for actor in actors] == [None] * len(acts)
    return answers


def answer(effect: Callable[[], Any]) -> Callable[[], Any]:
    try:
        found = effect()
    except CasregError as error:
        problem = error

        def fail() -> Any:
            raise problem

        return fail
    return lambda: found


def seen(registry: Registry) -> dict[str, Mapping[str, Any]]:
    return {
        name: {version: registry.load(f"{name}@{version}", verify="full") for version in versions}
        for name, versions in registry.list_objects_and_versions().items()
    }


@pytest.mark.parametrize("race", RACES)
def test_what_is_marked_is_there_and_nothing_is_lost(race: str) -> None:
    before = prepared()
    for seed in range(ORDERS):
        store = MemoryStore()
        for entry in before.scan(""):
            store.create(entry.key, before.read(entry.key))
        answers = run(store, RACES[race], random.Random(seed))
        registry = Registry(store, read_only=True)
        there = seen(registry)
        for name, marks in all_marks(store).items():
            held = {str(version) for version in (*marks.tags.values(), *marks.protected)}
            assert held <= there.get(name, {}).keys(), (seed, answers)
        assert not list(store.scan("leases/")), (seed, answers)
        for error in answers.values():
            assert not isinstance(error, CasregError) or isinstance(error, Conflict | NotFound | Uncertain)
        if "rename" in race:
            values = {value for versions in there.values() for value in versions.values()}
            assert values >= {"2", "3", "new" if "overwrite" in race else "1"}, (seed, answers)
        if race == "rename, note" and answers[1] == {"loss": 0.25}:
            found = [registry.notes(f"{name}@1") for name in there if "1" in there[name]]
            assert found == [{"loss": 0.25}] * len(found) != [], (seed, answers)


def test_renamed_both_ways_at_once_every_version_is_there() -> None:
    """What was marked may stand at the other name; who comes second may be refused anything."""
    for seed in range(2 * ORDERS):
        store = prepared()
        acts = [lambda r: r.rename("m", "n"), lambda r: r.rename("n", "m")]
        answers = run(store, acts, random.Random(seed))
        there = seen(Registry(store, read_only=True))
        values = {value for versions in there.values() for value in versions.values()}
        assert values == {"1", "2", "3"}, (seed, answers)
