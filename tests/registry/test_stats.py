"""What a version costs to keep and to read, and what it continues."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from casreg import Registry, VersionNotFound, refs
from casreg.names import Name, Version
from casreg.testing.metered import MeteredStore

SIZE = 200_000


def steps(count: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(3)
    weights = (rng.standard_normal(SIZE) * 0.05).astype(np.float32)
    for _ in range(count):
        yield weights.copy()
        weights += (rng.standard_normal(SIZE) * 2e-6).astype(np.float32)


def bases(registry: Registry, version: str, tensor: str = "w", name: str = "run") -> tuple[str, ...]:
    """What the tensor's deltas are built upon."""
    (found,) = (stats.base for stats in registry.stats(name, version).tensors if stats.name == tensor)
    return found


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
        stats = run.stats("run@latest")
        assert (stats.name, stats.version, stats.digest) == ("run", "4", snapshot.digest)
        assert stats.held == sum(pack.size for pack in snapshot.packs) == snapshot.head.stored_size
        assert stats.packs == len(snapshot.packs)
        assert stats.plain == snapshot.head.size
        assert stats.read_cold == sum(snapshot.index.chunks.stored)
    assert 0 < stats.dead < stats.held


def test_tensors_tell_what_they_are_stored_as(run: Registry) -> None:
    by_name = {tensor.name: tensor for tensor in run.stats("run@latest").tensors}
    w, bias = by_name["w"], by_name["bias"]
    assert (w.dtype, w.shape, w.size, w.depth, set(w.codecs)) == ("F32", (SIZE,), 4 * SIZE, 3, {"delta"})
    assert w.stored < w.size / 2 < w.read_cold < 4 * w.size
    assert (bias.dtype, bias.size, bias.depth, bias.stored == bias.read_cold) == ("F16", 80_000, 0, True)


def test_tensors_tell_which_version_wrote_what_they_are_built_upon(run: Registry) -> None:
    assert [bases(run, version) for version in "1234"] == [(), ("run@1",), ("run@2",), ("run@3",)]
    assert bases(run, "4", "bias") == ()


def test_a_delta_that_stays_keeps_its_base_however_many_versions_follow(registry: Registry) -> None:
    first, second = steps(2)
    for number, weights in enumerate([first, second, second, second]):
        registry.save("run", {"w": weights, "step": np.full(1, number)})
    assert bases(registry, "4") == ("run@1",)


def test_deltas_of_a_tensor_that_changed_by_parts_tell_all_their_bases_the_newest_first(
    registry: Registry,
) -> None:
    rng = np.random.default_rng(3)
    w = (rng.standard_normal(600_000) * 0.05).astype(np.float32)
    for changed in (0, 1 << 18, len(w)):  # nothing, the first block, all
        w[:changed] += (rng.standard_normal(changed) * 2e-6).astype(np.float32)
        registry.save("run", {"w": w})
    assert bases(registry, "3") == ("run@2", "run@1")


def test_what_a_fine_tune_is_built_upon_is_found_in_the_name_it_was_made_from(run: Registry) -> None:
    *_, last = steps(5)
    run.save("tuned", {"w": last}, base="run")
    assert bases(run, "1", name="tuned")[0].startswith("run@")


def test_a_base_whose_version_is_gone_is_told_by_how_far_back_it_was(run: Registry) -> None:
    run.delete("run", "2")
    assert bases(run, "4") == ("1 back",)
    assert bases(run, "3") == ("1 back",)


def test_a_copy_without_the_versions_before_it_tells_how_far_back_they_were(run: Registry) -> None:
    with Registry("memory://", version_objects=True) as other:
        other.download(run, "run")
        assert bases(other, "4") == ("1 back",)


def test_damage_to_what_was_continued_does_not_hide_costs(run: Registry) -> None:
    state = refs.state(run.backend, Name.parse("run"), Version.parse("3"))
    assert state is not None
    run.backend.write(state.key, [b"{"])
    assert (run.stats("run@latest").base, bases(run, "4")) == (None, ("1 back",))


def test_a_fine_tune_tells_the_name_it_was_made_from(run: Registry) -> None:
    run.save("tuned", {"w": next(steps(1))}, base="run@2")
    assert run.stats("tuned@latest").base == "run@2"


def test_a_parent_that_is_gone_is_told_by_its_digest_alone(run: Registry) -> None:
    parent = run.info("run", "3")["digest"]
    run.delete("run", "3")
    stats = run.stats("run@4")
    assert (stats.base, stats.parent) == (None, parent)


def test_no_data_is_read(run: Registry) -> None:
    before = run.stats("run@latest")
    with run.open("run") as snapshot:
        for pack in snapshot.packs:
            run.backend.remove(pack.sha256.key)
    assert run.stats("run@latest") == before


def test_counting_costs_a_handful_of_requests(run: Registry) -> None:
    metered = MeteredStore(run.backend)
    with Registry(metered, read_only=True) as reading:
        metered.reset()
        reading.stats("run@latest")
    assert metered.counts["scan"] == 2
    assert metered.counts["read"] <= 4  # the ref, its parent's, and what was not inline


def test_a_file_that_is_stored_inflated_counts_as_what_a_load_gives(
    on_disk: Registry, tmp_path: Path
) -> None:
    np.savez_compressed(tmp_path / "deflated.npz", w=np.zeros(100_000, np.float32), v=next(steps(1)))
    on_disk.save("archive", tmp_path / "deflated.npz")
    stats = on_disk.stats("archive@latest")
    assert stats.plain == (tmp_path / "deflated.npz").stat().st_size < 4 * (SIZE + 100_000)
    assert {tensor.name: tensor.size for tensor in stats.tensors} == {"w": 400_000, "v": 4 * SIZE}


def test_what_is_not_there_has_no_costs(run: Registry) -> None:
    with pytest.raises(VersionNotFound):
        run.stats("run@9")
