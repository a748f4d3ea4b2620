"""Versions of a model: each stored as what it differs by, each loaded as it was saved, in bounds."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from casreg import Corrupt, Registry
from casreg.codecs import Codec
from casreg.condemned import Condemned
from casreg.packs import Upon, read_trailer

SIZE = 400_000
RNG = np.random.default_rng(11)
START = (RNG.standard_normal(SIZE) * 0.05).astype(np.float32)


def steps(count: int) -> Iterator[np.ndarray]:
    """A training run: every element moves by about as much at each step."""
    rng = np.random.default_rng(12)
    weights = START.copy()
    for _ in range(count):
        yield weights.copy()
        weights += (rng.standard_normal(SIZE) * 2e-6).astype(np.float32)


@pytest.fixture
def run(registry: Registry) -> Registry:
    """Twelve versions of "run"."""
    for weights in steps(12):
        registry.save("run", {"w": weights, "step": 1})
    return registry


def stored(registry: Registry, name: str = "run") -> list[int]:
    return [int(registry.info(name, v)["new_size"]) for v in registry.list_versions(name)]


def test_every_version_is_what_was_saved(run: Registry) -> None:
    for version, weights in enumerate(steps(12), 1):
        loaded = run.load("run", str(version), verify="full")
        assert loaded["w"].tobytes() == weights.tobytes()
        assert loaded["step"] == 1


def test_what_is_continued_takes_less_than_half_of_what_stands_alone(run: Registry) -> None:
    first, *others = stored(run)
    assert sum(others) < 0.5 * first * len(others)


def depths(registry: Registry, name: str = "run") -> list[int]:
    """Of each version, how many deltas its deepest chunk is made of."""
    found = []
    for version in registry.list_versions(name):
        with registry.open(name, version) as snapshot:
            chunks = snapshot.index.chunks
            found.append(max(len(chunks.chain(row)) - 1 for row in range(len(chunks))))
    return found


def test_chains_grow_with_the_logarithm() -> None:
    generous = Registry("memory://", version_objects=True, read_amplification=20.0)
    for weights in steps(18):
        generous.save("run", weights)
    assert depths(generous) == [0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 1, 2]


def test_a_load_reads_in_bounds(run: Registry) -> None:
    for version in run.list_versions("run"):
        with run.open("run", version) as snapshot:
            assert sum(snapshot.index.chunks.stored) <= 2.0 * sum(part.size for part in snapshot.parts)
    assert max(depths(run)) >= 2


def test_what_is_not_read_for_some_chunks_may_be_read_for_others() -> None:
    """Noise that is never a delta leaves room for longer chains of what is one."""
    registry = Registry("memory://", version_objects=True, read_amplification=1.3)
    rng = np.random.default_rng(5)
    for weights in steps(8):
        noise = rng.integers(0, 1 << 32, 2 * SIZE, np.uint32)
        registry.save("both", {"w": weights, "noise": noise})
        registry.save("alone", {"w": weights})
    assert sum(depths(registry, "both")) > sum(depths(registry, "alone"))
    for version in registry.list_versions("both"):
        costs = registry.stats("both", version)
        assert costs.read_cold <= 1.3 * costs.plain


def test_less_amplification_is_less_depth() -> None:
    frugal = Registry("memory://", version_objects=True, read_amplification=1.0)
    for weights in steps(4):
        frugal.save("run", weights)
    with frugal.open("run") as snapshot:
        assert Codec.DELTA not in snapshot.index.chunks.codec


def test_a_store_whose_readers_need_not_know_of_deltas_gets_none(registry: Registry) -> None:
    config = registry._opened.config
    features = config.features.model_copy(update={"reader": ["planes"]})
    plain = config.model_copy(update={"features": features})
    registry._opened = type(registry._opened)(registry.backend, plain, registry.settings)
    for weights in steps(2):
        registry.save("run", weights)
    with registry.open("run") as snapshot:
        assert Codec.DELTA not in snapshot.index.chunks.codec


def test_slices_of_a_delta_are_read_alone(run: Registry) -> None:
    *_, last = steps(12)
    with run.open("run") as snapshot:
        part = next(p for p in snapshot.parts if p.path.endswith("safetensors"))
        whole = snapshot.read(part.path)
        for start, stop in ((0, 10), (1000, 1_000_000), (part.size - 5, part.size), (0, part.size)):
            assert snapshot.read(part.path, start, stop) == whole[start:stop]
        assert snapshot["w"].tobytes() == last.tobytes()


def test_another_name_may_be_continued(run: Registry) -> None:
    *_, last = steps(12)
    tuned = last + np.float32(1e-7)
    alone = run.save("alone", tuned)
    upon = run.save("tuned", {"w": tuned}, base="run")
    assert upon.stored < 0.6 * alone.stored
    assert run.load("tuned", verify="full")["w"].tobytes() == tuned.tobytes()


def test_a_tensor_is_continued_in_another_container(on_disk: Registry, tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    first, second = steps(2)
    on_disk.save("m", {"w": first})
    save_file({"w": second}, tmp_path / "model.safetensors")
    again = on_disk.save("m", tmp_path / "model.safetensors")
    assert again.stored < 0.6 * first.nbytes
    loaded = on_disk.load("m", output_dir=tmp_path / "out", verify="full")
    assert loaded.read_bytes() == (tmp_path / "model.safetensors").read_bytes()


@pytest.mark.parametrize("dtype", ["<f8", "<f2", "<i4", "<u2", "<i8", "|i1"])
def test_every_kind_of_number_is_continued_exactly(registry: Registry, dtype: str) -> None:
    rng = np.random.default_rng(5)
    if np.dtype(dtype).kind == "f":
        first = (rng.standard_normal(60_000) * 3).astype(dtype)
        second = (first * (1 + rng.standard_normal(60_000) * 1e-3)).astype(dtype)
        first[:4] = second[4:8] = [np.nan, np.inf, -np.inf, -0.0]
    else:
        first = rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, 60_000, dtype, endpoint=True)
        second = first + rng.integers(0, 3, 60_000).astype(dtype)
    registry.save("n", first)
    registry.save("n", second)
    with registry.open("n") as snapshot:
        assert Codec.DELTA in snapshot.index.chunks.codec
    assert registry.load("n", "1", verify="full").tobytes() == first.tobytes()
    assert registry.load("n", "2", verify="full").tobytes() == second.tobytes()


def test_what_is_condemned_is_not_built_upon(registry: Registry) -> None:
    first, second, third = steps(3)
    registry.save("run", first)
    registry.save("run", second)
    with registry.open("run@1") as snapshot:
        doomed = [pack.digest for pack in snapshot.packs]
    registry.backend.create("condemned/" + "0" * 32, Condemned(blobs=doomed).encode())
    registry.save("run", third)
    with registry.open("run@3") as snapshot:
        assert not {pack.digest for pack in snapshot.packs} & set(doomed)
    assert registry.load("run", verify="full").tobytes() == third.tobytes()


def test_a_damaged_base_is_not_built_upon(registry: Registry, caplog: pytest.LogCaptureFixture) -> None:
    first, second = steps(2)
    registry.save("run", first)
    with registry.open("run") as snapshot:
        (key,) = {pack.sha256.key for pack in snapshot.packs if pack.size > 100_000}
    data = bytearray(registry.backend.read(key))
    data[len(data) // 2] ^= 1
    registry.backend.write(key, [data])
    with caplog.at_level(logging.WARNING):
        registry.save("run", second)
    assert "not building upon" in caplog.text
    assert registry.load("run", verify="full").tobytes() == second.tobytes()


def test_damage_below_a_delta_is_told_where_it_is(run: Registry) -> None:
    with run.open("run@1") as snapshot:
        (pack,) = (pack for pack in snapshot.packs if pack.size > 100_000)
    data = bytearray(run.backend.read(pack.sha256.key))
    data[len(data) // 2] ^= 1
    run.backend.write(pack.sha256.key, [data])
    with pytest.raises(Corrupt) as caught:
        run.load("run", "8")
    assert caught.value.fields["pack"] == pack.digest
    found = {(f.version, f.tensor) for f in run.fsck() if f.kind == "corrupt"}
    assert {("1", "w"), ("8", "w")} <= found


def test_deleting_what_was_built_upon_harms_nobody(run: Registry) -> None:
    for version in range(1, 12):
        run.delete("run", str(version))
    *_, last = steps(12)
    assert run.load("run", verify="full")["w"].tobytes() == last.tobytes()
    assert [f for f in run.fsck() if f.kind != "orphan"] == []


def test_a_copy_brings_what_it_is_built_upon(run: Registry) -> None:
    target = Registry("memory://", version_objects=True)
    target.download(run, "run", "12")
    *_, last = steps(12)
    assert target.load("run", "12", verify="full")["w"].tobytes() == last.tobytes()


def test_a_delta_that_is_written_again_still_tells_its_base_in_the_trailer(registry: Registry) -> None:
    """A pack of which little is live is left behind; what moves out of it keeps what it is built upon."""
    first, second = ({f"w{i}": part for i, part in enumerate(np.split(w, 8))} for w in steps(2))
    registry.save("run", first)
    registry.save("run", second)
    with registry.open("run@2") as snapshot:
        left = {pack.digest for pack in snapshot.packs}
    with registry.open("run@1") as snapshot:
        left -= {pack.digest for pack in snapshot.packs}
    registry.save("run", {"w3": second["w3"]})
    with registry.open("run@3") as snapshot:
        chunks = snapshot.index.chunks
        assert not left & {pack.digest for pack in snapshot.packs}
        rows = {row.id: row for pack in snapshot.packs for row in read_trailer(snapshot.blob(pack))[1]}
        deltas = [row for row, codec in enumerate(chunks.codec) if codec == Codec.DELTA]
        assert deltas
        for row in deltas:
            assert rows[chunks.id(row)].upon == Upon(chunks.id(chunks.base[row] - 1), chunks.step[row])
    assert registry.load("run", verify="full")["w3"].tobytes() == second["w3"].tobytes()


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.model."])
def test_a_tensor_is_continued_behind_another_prefix(registry: Registry, prefix: str) -> None:
    first, second = steps(2)
    names = ["encoder.w", "decoder.w"]
    registry.save("m", dict(zip(names, np.split(first, 2), strict=True)))
    again = {prefix + name: part for name, part in zip(names, np.split(second, 2), strict=True)}
    assert registry.save("m", again).stored < 0.6 * first.nbytes
    loaded = registry.load("m", verify="full")
    assert b"".join(loaded[name].tobytes() for name in again) == second.tobytes()


def test_a_combined_checkpoint_continues_the_weights_alone(registry: Registry) -> None:
    first, second = steps(2)
    registry.save("m", {"encoder": {"w": first}})
    state = {"model": {"encoder": {"w": second}}, "optimizer": {"state": {"0": {"step": np.zeros(9)}}}}
    assert registry.save("m", state).stored < 0.6 * first.nbytes
    assert registry.load("m", verify="full")["model"]["encoder"]["w"].tobytes() == second.tobytes()


def test_a_tensor_of_another_name_and_shape_stands_alone(registry: Registry) -> None:
    first, second = steps(2)
    registry.save("m", {"encoder": {"w": first}})
    registry.save("m", {"model": {"encoder": {"w": second.reshape(2, -1)}}})
    with registry.open("m") as snapshot:
        assert Codec.DELTA not in snapshot.index.chunks.codec
