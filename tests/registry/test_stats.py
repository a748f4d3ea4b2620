"""What a version costs to keep and to read, and what it continues."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from casreg import Registry, VersionNotFound
from casreg.testing.metered import MeteredStore

SIZE = 200_000


def steps(count: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(3)
    weights = (rng.standard_normal(SIZE) * 0.05).astype(np.float32)
    for _ in range(count):
        yield weights.copy()
        weights += (rng.standard_normal(SIZE) * 2e-6).astype(np.float32)


@pytest.fixture
def run(registry: Registry) -> Registry:
    """Four versions of "run"."""
    for weights in steps(4):
        registry.save("run", {"w": weights, "bias": np.zeros(40_000, np.float16)})
    return registry


def test_a_keyframe_reads_less_than_it_gives_and_a_chain_more_within_bounds(run: Registry) -> None:
    first, *others = (run.stats("run", version) for version in "1234")
    assert (first.depth, first.base, first.parent) == (0, None, None)
    assert first.read_amplification < 1
    assert [stats.depth for stats in others] == [1, 2, 3]
    for before, stats in zip("123", others, strict=True):
        assert stats.base == f"run@{before}"
        assert stats.parent == run.info("run", before)["digest"]
        assert first.read_cold < stats.read_cold <= 2.0 * stats.plain
        assert stats.stored < first.stored


def test_what_is_held_is_what_the_manifest_pins(run: Registry) -> None:
    with run.open("run") as snapshot:
        stats = run.stats("run")
        assert (stats.name, stats.version, stats.digest) == ("run", "4", snapshot.digest)
        assert stats.held == sum(pack.size for pack in snapshot.packs) == snapshot.head.stored_size
        assert stats.packs == len(snapshot.packs)
        assert stats.plain == snapshot.head.size
        assert stats.read_cold == sum(snapshot.index.chunks.stored)
    assert 0 < stats.dead < stats.held


def test_tensors_tell_what_they_are_stored_as(run: Registry) -> None:
    by_name = {tensor.name: tensor for tensor in run.stats("run").tensors}
    w, bias = by_name["w"], by_name["bias"]
    assert (w.dtype, w.shape, w.size, w.depth, set(w.codecs)) == ("F32", (SIZE,), 4 * SIZE, 3, {"delta"})
    assert w.stored < w.size / 2 < w.read_cold < 4 * w.size
    assert (bias.dtype, bias.size, bias.depth, bias.stored == bias.read_cold) == ("F16", 80_000, 0, True)


def test_a_fine_tune_tells_the_name_it_was_made_from(run: Registry) -> None:
    run.save("tuned", {"w": next(steps(1))}, base="run@2")
    assert run.stats("tuned").base == "run@2"


def test_a_parent_that_is_gone_is_told_by_its_digest_alone(run: Registry) -> None:
    parent = run.info("run", "3")["digest"]
    run.delete("run", "3")
    stats = run.stats("run@4")
    assert (stats.base, stats.parent) == (None, parent)


def test_no_data_is_read(run: Registry) -> None:
    before = run.stats("run")
    with run.open("run") as snapshot:
        for pack in snapshot.packs:
            run.backend.remove(pack.sha256.key)
    assert run.stats("run") == before


def test_counting_costs_a_handful_of_requests(run: Registry) -> None:
    metered = MeteredStore(run.backend)
    with Registry(metered, read_only=True) as reading:
        metered.reset()
        reading.stats("run")
    assert metered.counts["scan"] == 2
    assert metered.counts["read"] <= 4  # the ref, its parent's, and what was not inline


def test_a_file_that_is_stored_inflated_counts_as_what_a_load_gives(
    on_disk: Registry, tmp_path: Path
) -> None:
    np.savez_compressed(tmp_path / "deflated.npz", w=np.zeros(100_000, np.float32), v=next(steps(1)))
    on_disk.save("archive", tmp_path / "deflated.npz")
    stats = on_disk.stats("archive")
    assert stats.plain == (tmp_path / "deflated.npz").stat().st_size < 4 * (SIZE + 100_000)
    assert {tensor.name: tensor.size for tensor in stats.tensors} == {"w": 400_000, "v": 4 * SIZE}


def test_what_is_not_there_has_no_costs(run: Registry) -> None:
    with pytest.raises(VersionNotFound):
        run.stats("run@9")
