"""What deleting versions frees, and what it cannot free yet: with deltas, versions stand on each other."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from casreg import Registry
from casreg.testing import Sweep

SIZE = 60_000
COUNT = 8
Tree = dict[str, Any]


def training() -> Iterator[Tree]:
    """A run: weights that move a little, an average of gradients that is another each time, and one of
    their squares."""
    rng = np.random.default_rng(21)
    weights = (rng.standard_normal(SIZE) * 0.05).astype(np.float32)
    average, squares = np.zeros(SIZE, np.float32), np.zeros(SIZE, np.float32)
    for _ in range(COUNT):
        for _ in range(5):
            gradient = (rng.standard_normal(SIZE) * 1e-3).astype(np.float32)
            average = np.float32(0.9) * average + np.float32(0.1) * gradient
            squares = np.float32(0.999) * squares + np.float32(0.001) * gradient**2
            weights = weights - np.float32(2e-6) * average / (np.sqrt(squares) + np.float32(1e-8))
        yield {"model": {"w": weights}, "optimizer": {"exp_avg": average, "exp_avg_sq": squares}}


STEPS = list(training())


@pytest.fixture
def run(registry: Registry) -> Registry:
    """Eight checkpoints, "run", and of their weights alone, "weights"."""
    for tree in STEPS:
        registry.save("run", tree)
        registry.save("weights", tree["model"])
    return registry


def same(loaded: Tree, tree: Tree) -> bool:
    return all(
        same(loaded[key], value) if isinstance(value, dict) else loaded[key].tobytes() == value.tobytes()
        for key, value in tree.items()
    )


def blobs(registry: Registry) -> dict[str, int]:
    """Sizes by digest of all that is stored."""
    found = registry.backend.scan("blobs/sha256/")
    return {"sha256:" + entry.key.rpartition("/")[2]: entry.size for entry in found}


def packs(registry: Registry) -> set[str]:
    """What the manifests that are left name."""
    named: set[str] = set()
    for name, versions in registry.list_objects_and_versions().items():
        for version in versions:
            with registry.open(name, version) as snapshot:
                named |= {pack.digest for pack in snapshot.packs}
    return named


def delete(registry: Registry, name: str, *versions: int) -> None:
    for version in versions:
        registry.delete(name, str(version))


def orphans(registry: Registry) -> dict[str, int]:
    """Sizes by digest of what fsck says nobody needs, when nothing else is wrong."""
    found = registry.fsck()
    assert [finding for finding in found if not finding.harmless] == []
    return {"sha256:" + finding.key.rpartition("/")[2]: finding.size or 0 for finding in found}


def forget(registry: Registry) -> Sweep:
    """The undo window has passed."""
    sweep = Sweep(registry.backend, time.monotonic)
    sweep.trim(sweep.now())
    return sweep


def test_what_was_deleted_can_be_undone_until_the_window_has_passed(run: Registry) -> None:
    delete(run, "run", *range(1, COUNT))
    assert orphans(run) == {}
    forget(run)
    assert orphans(run)


@pytest.mark.parametrize("kept", [(8,), (1, 8), (3, 6), (4,), (1,)])
def test_exactly_what_no_version_that_is_left_names_is_freed(run: Registry, kept: tuple[int, ...]) -> None:
    before = blobs(run)
    delete(run, "run", *(set(range(1, COUNT + 1)) - set(kept)))
    sweep = forget(run)
    lost = orphans(run)
    sweep.run()
    after = blobs(run)
    assert before.items() - after.items() == lost.items()
    assert sum(before.values()) - sum(after.values()) == sum(lost.values()) > 0
    assert packs(run) <= after.keys()
    assert not lost.keys() & packs(run)
    assert orphans(run) == {}
    for version in kept:
        assert same(run.load("run", str(version), verify="full"), STEPS[version - 1])
    assert same(run.load("weights", "8", verify="full"), STEPS[7]["model"])


def test_a_pack_that_several_names_have_goes_with_the_last_of_them(run: Registry) -> None:
    run.save("tuned", STEPS[7]["model"], base="weights@8")
    run.delete("weights")
    forget(run).run()
    assert same(run.load("tuned", verify="full"), STEPS[7]["model"])
    held = packs(run)
    run.delete("tuned")
    forget(run).run()
    assert blobs(run).keys() & held == packs(run)


def test_deleting_everything_frees_everything(run: Registry) -> None:
    run.delete("run")
    run.delete("weights")
    forget(run).run()
    assert blobs(run) == {}


def test_a_saved_version_after_deletions_stands_on_what_is_left(run: Registry) -> None:
    delete(run, "run", *range(1, COUNT))
    forget(run).run()
    run.save("run", STEPS[0])
    run.delete("run", "8")
    forget(run).run()
    assert same(run.load("run", verify="full"), STEPS[0])
    assert orphans(run) == {}


def test_what_the_newest_version_keeps_of_weights_is_what_a_load_reads(run: Registry) -> None:
    delete(run, "weights", *range(1, COUNT))
    run.delete("run")
    forget(run).run()
    stats = run.stats("weights@latest")
    assert sum(size for digest, size in blobs(run).items() if digest in packs(run)) == stats.held
    assert stats.read_cold <= 2.0 * stats.plain
    assert stats.dead < 0.02 * stats.held  # the packs' own tables


def test_what_is_another_at_each_step_is_not_held_by_what_is_built_upon(run: Registry) -> None:
    """An average of gradients has packs of its own: they go with their version."""
    assert not packs_of(run, "run", "optimizer.exp_avg") & packs_of(run, "run", "model.w")
    delete(run, "run", *range(1, COUNT))
    run.delete("weights")
    forget(run).run()
    stats = run.stats("run@latest")
    assert stats.read_cold <= stats.held < 3 * stats.plain  # 3.8 with them


def packs_of(registry: Registry, reference: str, name: str) -> set[str]:
    """Digests of the packs that a tensor's own chunks are in."""
    with registry.open(reference) as snapshot:
        index = snapshot.index
        (number, tensor) = next(found for found in index.tensors if found[1].name == name)
        part = index.parts[number]
        offsets = [at - index.starts[part.first] for at in index.starts[part.first : part.first + part.count]]
        inside = [i for i, at in enumerate(offsets) if tensor.start <= at < tensor.start + tensor.size]
        rows = [index.sequence[part.first + i] for i in inside]
        return {snapshot.packs[index.chunks.pack[row]].digest for row in rows}
