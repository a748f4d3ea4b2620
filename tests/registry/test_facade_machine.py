"""The state machine of test_machine.py, with the whole facade: dict face, batches, update, clear."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from test_machine import EXPLICIT, FAULTS, NAMES, Machine, State, key, value

from casreg import (
    Conflict,
    InvalidInput,
    NameNotFound,
    Registry,
    RegistryVersionConflict,
    TargetExists,
    VersionNotFound,
)
from casreg.testing import Fault

SEEDS = st.integers(0, 9)
NOTED = st.sampled_from(["x", "y"])
ITEMS = st.lists(st.tuples(NAMES, st.none() | EXPLICIT, SEEDS), max_size=4)
KEYS = st.builds(lambda name, version: f"{name}@{version}" if version else name, NAMES, st.none() | EXPLICIT)


class Facade(Machine):
    """``model`` tells what every call must give; what may be half done by a fault is done without."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: dict[str, dict[str, int]] = {}
        """By the digest of a version's manifest, whatever became of it."""

    @rule(name=NAMES, seed=SEEDS, fault=FAULTS)
    def assign(self, name: str, seed: int, fault: Fault | None) -> None:
        target = following(self.model.get(name, {}))
        self._do(fault, lambda r: r.__setitem__(name, value(seed)), self._with(name, target, seed), None)

    @rule(name=NAMES, version=EXPLICIT, seed=SEEDS)
    def assign_at(self, name: str, version: str, seed: int) -> None:
        self.registry[f"{name}@{version}"] = value(seed)
        self.model = self._with(name, version, seed)

    @rule(wanted=KEYS)
    def get(self, wanted: str) -> None:
        found = self._found(wanted)
        loaded = self.registry.get(wanted, {"seed": "none"})
        assert loaded["seed"] == ("none" if found is None else found[2])
        assert (wanted in self.registry) == (found is not None)
        if found is None:
            with pytest.raises(KeyError):
                self.registry[wanted]

    @rule(wanted=KEYS, fault=FAULTS)
    def pop(self, wanted: str, fault: Fault | None) -> None:
        found = self._found(wanted)
        if found is None:
            assert self.registry.pop(wanted, None) is None
            return
        name, version, seed = found
        popped: list[Any] = []
        self._do(fault, lambda r: popped.append(r.pop(wanted)), self._without(name, version), None)
        assert [one["seed"] for one in popped] in ([], [seed])

    @rule(wanted=KEYS, seed=SEEDS, fault=FAULTS)
    def setdefault(self, wanted: str, seed: int, fault: Fault | None) -> None:
        found = self._found(wanted)
        name, _, version = wanted.partition("@")
        after = self.model if found else self._with(name, version or "1", seed)
        got: list[Any] = []
        self._do(fault, lambda r: got.append(r.setdefault(wanted, value(seed))), after, None)
        assert [one["seed"] for one in got] in ([], [found[2] if found else seed])

    @rule(wanted=KEYS)
    def delete_key(self, wanted: str) -> None:
        if self._found(wanted) is None:
            with pytest.raises(KeyError):
                del self.registry[wanted]
            return
        del self.registry[wanted]
        name, _, version = wanted.partition("@")
        for one in [version] if version else list(self.model[name]):
            self.model = self._without(name, one)

    @rule(items=ITEMS, overwrite=st.booleans())
    def save_batch(self, items: list[tuple[str, str | None, int]], overwrite: bool) -> None:
        expected: list[str | None] = []
        for name, version, seed in items:
            target = version or following(self.model.get(name, {}))
            skipped = not overwrite and target in self.model.get(name, {})
            expected.append(None if skipped else target)
            self.model = self.model if skipped else self._with(name, target, seed)
        result = self.registry.save(
            [name for name, _, _ in items],
            [value(seed) for _, _, seed in items],
            version=[version for _, version, _ in items],
            on_conflict="overwrite" if overwrite else "skip",
        )
        assert result.results == expected
        assert result.all_succeeded
        assert result.skipped_count == expected.count(None)

    @rule(wanted=st.lists(KEYS, max_size=4))
    def load_batch(self, wanted: list[str]) -> None:
        found = [self._found(one) for one in wanted]
        result = self.registry[wanted]
        assert [one and one["seed"] for one in result] == [one and one[2] for one in found]
        assert result.succeeded == [one[:2] for one in found if one]
        assert result.failure_count == found.count(None)

    @rule(wanted=st.lists(KEYS, max_size=4))
    def delete_batch(self, wanted: list[str]) -> None:
        expected: list[bool | None] = []
        for one in wanted:
            name, _, version = one.partition("@")
            expected.append(True if version or name in self.model else None)
            for each in [version] if version else list(self.model.get(name, {})):
                self.model = self._without(name, each)
        assert self.registry.delete(wanted).results == expected

    @rule(items=ITEMS, everything=st.booleans())
    def update(self, items: list[tuple[str, str | None, int]], everything: bool) -> None:
        source = Registry("memory://", version_objects=True, mutable=True)
        for name, version, seed in items:
            source.save(name, value(seed), version=version)
        copied = {
            (name, version): source[f"{name}@{version}"]["seed"]
            for name, versions in source.list_objects_and_versions().items()
            for version in (versions if everything else versions[-1:])
        }
        if any(version in self.model.get(name, {}) for name, version in copied):
            with pytest.raises(TargetExists):
                self.registry.update(source, sync_all_versions=everything)
            return
        self.registry.update(source, sync_all_versions=everything)
        for (name, version), seed in copied.items():
            self.model = self._with(name, version, seed)
            digests = [one.open(name, version).digest for one in (source, self.registry)]
            assert digests[0] == digests[1]

    @rule(name=NAMES, version=EXPLICIT)
    def download_what_is_there(self, name: str, version: str) -> None:
        if version in self.model.get(name, {}):
            with pytest.raises(RegistryVersionConflict):
                self.registry.download(self.registry, name, version)

    @rule(wanted=KEYS, key=NOTED, seed=SEEDS, fault=FAULTS)
    def note(self, wanted: str, key: str, seed: int, fault: Fault | None) -> None:
        if self._found(wanted) is None:
            with pytest.raises(VersionNotFound):
                self.registry.note(wanted, {key: seed})
            return
        digest = self.registry.open(wanted).digest
        before = self.noted.get(digest, {})
        after = {**before, key: seed}
        told: list[Any] = []
        self._do(fault, lambda r: told.append(r.note(wanted, {key: seed})), self.model, None)
        maybe, self.maybe = self.maybe, None
        if not told:
            self.noted[digest] = self.registry.notes(wanted)
            assert self.noted[digest] in ([before] if maybe is None else [before, after])
        else:
            assert told == [after]
            self.noted[digest] = after

    @rule(wanted=KEYS, key=NOTED)
    def remove_note(self, wanted: str, key: str) -> None:
        if self._found(wanted) is not None:
            self.registry.note(wanted, remove=key)
            self.noted.get(self.registry.open(wanted).digest, {}).pop(key, None)

    @rule(name=NAMES, key=NOTED, seed=SEEDS)
    def find(self, name: str, key: str, seed: int) -> None:
        expected = [
            f"{one}@{version}"
            for one, versions in self.registry.info().items()
            for version, facts in versions.items()
            if one == name and facts["notes"].get(key, -1) >= seed
        ]
        assert [str(one) for one in self.registry.find(f"{name[:1]}*", where=f"{key}>={seed}")] == expected

    @rule(old=NAMES, new=NAMES)
    def rename(self, old: str, new: str) -> None:
        versions, there = self.model.get(old, {}), self.model.get(new, {})
        if old == new or not versions or versions.keys() & there.keys():
            with pytest.raises((InvalidInput, NameNotFound, Conflict)):
                self.registry.rename(old, new)
            return
        assert self.registry.rename(old, new) == sorted(versions, key=key)
        self.model = {
            **{name: vs for name, vs in self.model.items() if name != old},
            new: {**there, **versions},
        }

    @rule()
    def clear(self) -> None:
        self.registry.clear()
        self.model = {}

    @invariant()
    def what_was_noted_of_a_manifest_is_told_of_its_version(self) -> None:
        for versions in self.registry.info().values():
            for facts in versions.values():
                assert facts["notes"] == self.noted.get(facts["digest"], {})

    @invariant()
    def keys_and_items_are_those_of_the_model(self) -> None:
        assert self.maybe is None
        assert list(self.registry) == sorted(self.model)
        assert len(self.registry) == len(self.model)
        latest = {name: versions[max(versions, key=key)] for name, versions in self.model.items()}
        assert {name: loaded["seed"] for name, loaded in self.registry.items()} == latest

    def _found(self, wanted: str) -> tuple[str, str, int] | None:
        name, _, version = wanted.partition("@")
        versions = self.model.get(name, {})
        version = version or max(versions, key=key, default="")
        return (name, version, versions[version]) if version in versions else None

    def _without(self, name: str, version: str) -> State:
        kept = {
            n: {v: s for v, s in versions.items() if (n, v) != (name, version)}
            for n, versions in self.model.items()
        }
        return {n: versions for n, versions in kept.items() if versions}


def following(versions: dict[str, int]) -> str:
    if not versions:
        return "1"
    *front, last = max(versions, key=key).split(".")
    return ".".join([*front, str(int(last) + 1)])


def test_the_whole_facade_is_a_dict_of_versions_whatever_happens_to_its_saves() -> None:
    machine = settings(max_examples=40, stateful_step_count=25, deadline=None, derandomize=True)
    run_state_machine_as_test(Facade, settings=machine)
