"""Who uses the store in a simulation: writers, deleters, janitors, as programs for actors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from casreg import Registry, Uncertain
from casreg.config import MIB
from casreg.errors import CasregError
from casreg.registry.saving import Saved
from casreg.testing import Sweep
from tools.soak.sweeping.base import BIG_METADATA, base, value
from tools.soak.sweeping.world import World

Act: TypeAlias = tuple[str, dict[str, Any]]
"""A method of Registry and its arguments, without the name."""
RENEWALS = 3


@dataclass
class Story:
    """What was asked of the registry, and what it said."""

    saved: list[tuple[str, Saved, bytes]] = field(default_factory=list)
    """(name, version, value) of the saves that succeeded."""
    meant: set[tuple[str, str]] = field(default_factory=set)
    """(name, version) of deletes and overwrites that were begun, whatever became of them."""


class Reckless(Sweep):
    """Plans to delete whatever is there: J1 is advice, and others decide."""

    choose: Callable[[], bool]

    def plan(self, now: float, listed: frozenset[str]) -> list[str]:
        there = [entry.key.rpartition("/")[2] for entry in self.store.scan("blobs/sha256/")]
        return ["sha256:" + digest for digest in there if self.choose()]


class Told(Sweep):
    """Counts what becomes of lists."""

    met: Counter[str]

    def ready(self, name: str, now: float) -> bool:
        ready = super().ready(name, now)
        self.met["janitors that wait"] += not ready
        return ready

    def is_open(self, name: str) -> bool:
        is_open = super().is_open(name)
        self.met["marks forgotten"] += not is_open
        return is_open

    def delete(self, digests: list[str], began: float) -> list[str]:
        left = super().delete(digests, began)
        self.met["permits that end"] += bool(left)
        return left


def writer(world: World, story: Story, name: str, acts: list[Act]) -> None:
    """An actor that saves and deletes, and one that renews its leases beside it."""
    store = world.stepped(name)

    registry = Registry(store, memory=64 * MIB)
    registry._clock = clock_of(world, name)
    registry._journals = None

    def program() -> None:
        for act in acts:
            world.pause()
            _tell(world, story, registry, act)

    def renewing() -> None:
        for _ in range(RENEWALS):
            world.pause()
            if fence := world.fence(name):
                fence.renew()

    beside = f"{name} renews"
    writing = world.add(name, program)
    if any(method != "delete" for method, _ in acts):
        renewer = world.add(
            beside, renewing, lambda: renewer.asking is None or world.fence(name) is not None or writing.done
        )


def clock_of(world: World, name: str) -> Callable[[], float]:  # noqa: ARG001 - a mutant asks who it is
    """What zero is, is each machine's own affair."""
    return lambda: world.time - 500_000


@cache
def source() -> Registry:
    """The registry that versions are imported from: what all simulations begin with."""
    return Registry(base(2, True, lambda: 0.0), memory=64 * MIB, read_only=True)


def _tell(world: World, story: Story, registry: Registry, act: Act) -> None:
    method, given = act
    given = dict(given)
    name = given.pop("name")
    if "version" in given:
        story.meant.add((name, given["version"]))
    try:
        if method == "delete":
            registry.delete(name, given["version"])
            return
        if method == "undo":
            world.met["undos"] += bool(registry.undo(f"{name}@{given['version']}"))
            return
        if method == "rename":
            story.meant |= {(name, version) for version in registry.list_versions(name)}
            world.met["renames"] += bool(registry.rename(name, given["new"]))
            return
        if method == "download":
            registry.download(source(), name, given["of"], target_version=given["version"])
            world.met["imports"] += 1
            return
        saved = registry.save(name, given.pop("obj"), **given)
    except Uncertain:
        world.met["fates unknown"] += 1
    except CasregError as error:
        world.met[f"{method} failed: {error.kind}"] += 1
    else:
        world.met["saves"] += 1
        world.met["saves that reuse"] += saved.reused > 0
        story.saved.append((name, saved, act[1]["obj"]))


def janitor(world: World, name: str, runs: int, kind: type[Sweep], trims_only: bool = False) -> None:
    """An actor that sweeps, again and again; a failed operation ends a run."""
    reckless = name in world.temper.reckless
    store = world.stepped(name)
    bases = (Told, Reckless, kind) if reckless else (Told, kind)
    sweep = type(kind.__name__, bases, {})(store, lambda: world.time, world.times)
    sweep.met = world.met
    if reckless:
        sweep.choose = lambda: world.rng.random() < 0.7

    def program() -> None:
        for _ in range(runs):
            world.pause()
            try:
                if trims_only:
                    sweep.trim(sweep.now())
                else:
                    sweep.run()
                    world.met["sweeps"] += 1
            except CasregError as error:
                world.met[f"sweep failed: {error.kind}"] += 1

    world.add(name, program)


def acts_of_a_writer(world: World, count: int) -> list[Act]:
    """Saves that share chunks with what is there, and with each other's; now and then an overwrite."""
    rng = world.rng
    return [_save(rng.random(), rng.randrange(4), rng.choice((5, 5, 5, 7, 8, 9))) for _ in range(count)]


def _save(kind: float, like: int, last: int) -> Act:
    contents = (value(1, 2, 3, 4, last), value(1, 2, 3, 5, last), value(2, 3, last), value(7, 8, 9, 10, last))
    act: dict[str, Any] = {"name": "a", "obj": contents[like]}
    if kind < 0.15:
        act |= {"version": "1"}
    elif kind < 0.25:
        act |= {"name": "b", "base": "a"}
    elif kind < 0.35:
        act |= {"metadata": BIG_METADATA}
    elif kind < 0.4:
        act |= {"obj": b"inline"}
    return "save", act


def acts_of_a_deleter(world: World, count: int) -> list[Act]:
    versions = ["1", "2", "3"][: world.temper.versions + 1]
    world.rng.shuffle(versions)
    acts: list[Act] = [("delete", {"name": "a", "version": version}) for version in versions[:count]]
    if world.temper.rich and world.rng.random() < 0.5:
        name, version = world.rng.choice((("sections", "2"), ("large head", "1")))
        acts[0] = "delete", {"name": name, "version": version}
    return acts


def acts_of_an_importer(world: World) -> list[Act]:
    """The version that is there is imported as another one; and one whose small blobs are not inline."""
    of = world.rng.choice("12")
    acts: list[Act] = [("download", {"name": "a", "of": of, "version": "20"})]
    if world.temper.rich:
        acts.append(("download", {"name": "sections", "of": "2", "version": "21"}))
    return acts


Configuration: TypeAlias = Callable[[World, Story, type[Sweep]], None]


def two_writers(world: World, story: Story, kind: type[Sweep]) -> None:
    """Two writers, a janitor, two deletions; and somebody who trims: before, a delete frees nothing."""
    writer(world, story, "writer 1", acts_of_a_writer(world, 2))
    writer(world, story, "writer 2", acts_of_a_writer(world, 1))
    writer(world, story, "deleter", acts_of_a_deleter(world, 2))
    janitor(world, "janitor", 3, kind)
    janitor(world, "trimmer", 2, kind, trims_only=True)


def two_janitors(world: World, story: Story, kind: type[Sweep]) -> None:
    """A writer, two janitors of two runs each, a deletion."""
    writer(world, story, "writer", acts_of_a_writer(world, 2))
    writer(world, story, "deleter", acts_of_a_deleter(world, 1))
    janitor(world, "janitor 1", 2, kind)
    janitor(world, "janitor 2", 2, kind)
    janitor(world, "trimmer", 2, kind, trims_only=True)


def importers(world: World, story: Story, kind: type[Sweep]) -> None:
    """An importer, a writer, two janitors, two deletions."""
    writer(world, story, "importer", acts_of_an_importer(world))
    writer(world, story, "writer", acts_of_a_writer(world, 1))
    writer(world, story, "deleter", acts_of_a_deleter(world, 2))
    janitor(world, "janitor 1", 2, kind)
    janitor(world, "janitor 2", 2, kind)
    janitor(world, "trimmer", 2, kind, trims_only=True)


def renamers(world: World, story: Story, kind: type[Sweep]) -> None:
    """A name gets another one, and comes back, while a version of it is deleted and others are swept."""
    acts: list[Act] = [("rename", {"name": old, "new": new}) for old, new in ("ac", "ca")]
    writer(world, story, "renamer", acts)
    writer(world, story, "writer", acts_of_a_writer(world, 1))
    writer(world, story, "deleter", acts_of_a_deleter(world, 1))
    janitor(world, "janitor 1", 2, kind)
    janitor(world, "janitor 2", 2, kind)
    janitor(world, "trimmer", 2, kind, trims_only=True)


def undoers(world: World, story: Story, kind: type[Sweep]) -> None:
    """What was deleted or overwritten comes back, while it is trimmed and swept."""
    gone: Act = ("delete", {"name": "a", "version": "1"})
    over: Act = ("save", {"name": "a", "obj": value(1, 2, 3, 4, 9), "version": "1"})
    back: Act = ("undo", {"name": "a", "version": "1"})
    writer(world, story, "undoer", [world.rng.choice((gone, over)), back, back])
    writer(world, story, "writer", acts_of_a_writer(world, 1))
    writer(world, story, "deleter", acts_of_a_deleter(world, 1))
    janitor(world, "janitor 1", 2, kind)
    janitor(world, "janitor 2", 2, kind)
    janitor(world, "trimmer", 2, kind, trims_only=True)


CONFIGURATIONS: dict[str, Configuration] = {
    "2 writers, janitor, 2 deletions": two_writers,
    "writer, 2 janitors, 2 runs, deletion": two_janitors,
    "importer, writer, 2 janitors, 2 deletions": importers,
    "renamer, writer, 2 janitors, deletion": renamers,
    "undoer, writer, 2 janitors, deletion": undoers,
}
