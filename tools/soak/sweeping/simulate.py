"""One simulation: from a seed to what it met, or to the promise that it broke."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import groupby
from typing import Any

from casreg import refs
from casreg.config import Limits
from casreg.snapshot import Snapshot
from casreg.testing import Sweep
from tools.soak.sweeping.people import CONFIGURATIONS, Story
from tools.soak.sweeping.watched import BLOBS, Broken
from tools.soak.sweeping.world import World

ROUNDS = 6
"""Sweeps in the end, at most; each after all that it may have to wait for."""


def simulate(configuration: str, seed: int, kind: type[Sweep] = Sweep, **temper: Any) -> World:
    """Run it to its end; what ``temper`` says is not drawn. Raises Broken, with the trace as a note, if a
    promise of the protocol is broken."""
    world, story = World(seed, **temper), Story()
    try:
        with world.ruled():
            CONFIGURATIONS[configuration](world, story, kind)
            world.run()
            check_versions(world, story)
            check_that_nothing_is_left(world)
    except Exception as error:
        error.add_note(f"{configuration}, seed {seed}:\n" + "\n".join(world.trace))
        raise
    return world


def check_versions(world: World, story: Story) -> None:
    """Every version that was reported is there, once, and loads equal; unless somebody meant otherwise.
    Whatever is visible is whole."""
    store = world.store.inner
    versions = groupby(store.scan("refs/"), lambda entry: entry.key.partition(",")[0])
    newest = {version: next(entries) for version, entries in versions}
    made: defaultdict[str, list[str]] = defaultdict(list)  # a rename, or an undo, makes one more of a digest
    for key, body in world.store.bodies.items():
        made[json.loads(body)["manifest"]["digest"]].append(key)
    expected: dict[str, bytes] = {}
    for name, version, content in story.saved:
        keys = made[version.digest]
        if not keys:
            raise Broken(f"{name}@{version} was reported, and never made visible")
        expected |= dict.fromkeys(keys, content)
        by = [newest[key.partition(",")[0]].key for key in keys]
        if not set(by) & set(keys) and (name, str(version)) not in story.meant:
            raise Broken(f"{name}@{version} was reported, and replaced by {by} though nobody meant that")
    for entry in newest.values():
        if entry.size:
            state = refs.parse(entry.key)
            snapshot = Snapshot(
                store, state.name, state.version, refs.read(store, state), limits=Limits(), verify="full"
            )
            content = snapshot.read(snapshot.only_part().path)
            if content != expected.get(entry.key, content):
                raise Broken(f"{entry.key} loads something else")


def check_that_nothing_is_left(world: World) -> None:
    """After enough time and sweeps only what a newest generation reaches is there."""
    t = world.times
    sweep = Remembering(world.store, lambda: world.time, t)
    wrong = ""
    for round_ in range(ROUNDS):
        world.pass_time(t.ttl + t.margin + t.hold + 1 + (t.life if round_ else 0), [])
        sweep.run()
        wrong = _left(world)
        if not wrong:
            return
    raise Broken(wrong)


def _left(world: World) -> str:
    needed = {BLOBS + digest for blobs in world.store.needs.values() for digest in blobs} | {"casreg.json"}
    keys = [entry.key for entry in world.store.inner.scan("")]
    versions = [key.partition(",")[0] for key in keys if key.startswith("refs/")]
    left = {key for key in keys if not key.startswith("refs/")}
    superseded = len(versions) - len(set(versions))
    if left == needed and not superseded:
        return ""
    return f"left for ever: {sorted(left - needed)}, {superseded} superseded; gone: {sorted(needed - left)}"


class Remembering(Sweep):
    """Refs do not change, but for being emptied: what they reach may be remembered."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.reached: dict[str, set[str]] = {}

    def reach(self, key: str) -> set[str]:
        if key not in self.reached:
            self.reached[key] = super().reach(key)
        return self.reached[key]
