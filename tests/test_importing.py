"""A version is copied as it is, or not at all, past any sweep (PROTOCOL I1, I2)."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from casreg import Corrupt, Registry, RegistryVersionConflict, Uncertain, VersionNotFound
from casreg.condemned import Condemned
from casreg.errors import Unavailable, Unsupported
from casreg.models.store import READER_FEATURES, Features, StoreConfig
from casreg.registry import copying
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Buffer
from casreg.stores.wrapper import Wrapper
from casreg.testing import Crashed, Fault, FaultyStore, MeteredStore, fault_points

LARGE = np.random.default_rng(1).integers(0, 255, 300_000, np.uint8)

FIRST = {"x": LARGE, "y": LARGE[:40_000]}
SECOND = {"x": LARGE, "y": LARGE[1:40_000]}


def opened(store: MemoryStore | FaultyStore | MeteredStore) -> Registry:
    return Registry(store, version_objects=True)


@pytest.fixture
def source() -> Registry:
    """Has "a", one version with a pack and one that continues it, and "small", which is inline."""
    registry = opened(MemoryStore())
    registry.save("a", FIRST, metadata={"run": 7})
    registry.save("a", SECOND)
    registry.save("small", {"x": (1, 2)})
    return registry


def blobs(registry: Registry) -> dict[str, bytes]:
    return {e.key: registry.backend.read(e.key) for e in registry.backend.scan("blobs/")}


def test_the_copy_has_the_digest_and_the_blobs_of_the_original(source: Registry) -> None:
    target = opened(MemoryStore())
    for version in ("1", "2"):
        assert target.download(source, "a", version) == version
    mine, theirs = target.info("a"), source.info("a")
    for version in ("1", "2"):
        for fact in ("digest", "hash", "size", "stored_size", "metadata", "parent", "class"):
            assert mine[version][fact] == theirs[version][fact]
    assert blobs(target) == blobs(source)
    assert np.array_equal(target.load("a", "1", verify="full")["y"], FIRST["y"])
    assert [f for f in target.fsck() if f.kind != "orphan"] == []
    assert list(target.backend.scan("leases/")) == []


def test_what_is_inline_travels_without_a_lease(source: Registry) -> None:
    store = FaultyStore(MemoryStore())
    target = opened(store)
    before = len(store.calls)
    target.download(source, "small")
    assert [c.verb for c in store.calls[before:]] == ["scan", "scan", "create"]
    assert target.load("small") == {"x": (1, 2)}


def test_what_is_there_is_not_moved(source: Registry) -> None:
    read = MeteredStore(source.backend)
    target = opened(MemoryStore())
    target.download(source, "a", "1")
    read.reset()
    target.download(opened(read), "a", "2")
    assert 40_000 < read.bytes_out < 60_000


def test_it_may_get_another_name_and_version(source: Registry) -> None:
    target = opened(MemoryStore())
    assert target.download(source, "a", target_name="b/c", target_version="3.1") == "3.1"
    assert target.list_objects_and_versions() == {"b/c": ["3.1"]}
    assert target.info("b/c", "3.1")["digest"] == source.info("a", "2")["digest"]


def test_what_is_here_is_not_replaced(source: Registry) -> None:
    target = opened(MemoryStore())
    target.save("a", "mine", version="2")
    with pytest.raises(RegistryVersionConflict):
        target.download(source, "a")
    assert target.load("a") == "mine"
    assert blobs(target) == {}


def test_what_is_not_there_cannot_be_copied(source: Registry) -> None:
    with pytest.raises(VersionNotFound):
        opened(MemoryStore()).download(source, "a", "9")


def older(features: list[str]) -> Registry:
    """A store that was made when readers knew of ``features`` only."""
    store = MemoryStore()
    config = StoreConfig(id="0" * 32, created="2025-01-02T03:04:05Z", features=Features(reader=features))
    store.create("casreg.json", config.encode())
    return Registry(store)


@pytest.mark.parametrize("feature", sorted(READER_FEATURES))
def test_what_readers_of_the_store_are_not_told_of_is_not_copied(feature: str, tmp_path: Path) -> None:
    source, weights = opened(MemoryStore()), LARGE[:200_000].astype(np.float32)
    source.save("delta", {"w": weights})
    source.save("delta", {"w": weights * np.float32(1.001)})
    source.save("planes", {"w": weights})
    np.savez_compressed(tmp_path / "w.npz", w=weights)
    source.save("inflated", tmp_path / "w.npz")
    target = older(sorted(READER_FEATURES - {feature}))
    with pytest.raises(Unsupported, match=f"{feature}@. needs the feature {feature}, "):
        target.download(source, feature)
    assert [entry.key for entry in target.backend.scan("")] == ["casreg.json"]
    assert older(sorted(READER_FEATURES)).download(source, feature, target_version="1") == "1"


def test_what_needs_no_feature_is_copied_into_any_store(source: Registry) -> None:
    target = older([])
    assert target.download(source, "a", target_version="1") == "1"
    assert np.array_equal(target.load("a")["y"], SECOND["y"])


@pytest.mark.parametrize("damage", ["flipped", "gone"])
def test_damage_is_not_copied(source: Registry, damage: str) -> None:
    with source.open("a@1") as snapshot:
        key = snapshot.packs[0].sha256.key
    data = bytearray(source.backend.read(key))
    source.backend.remove(key)
    if damage == "flipped":
        data[len(data) // 2] ^= 1
        source.backend.write(key, [data])
    target = opened(MemoryStore())
    with pytest.raises(Corrupt) as caught:
        target.download(source, "a", "1")
    assert (str(caught.value.fields["name"]), str(caught.value.fields["version"])) == ("a", "1")
    assert target.list_objects() == []


def test_at_every_fault_the_copy_is_whole_or_absent_and_goes_on(source: Registry) -> None:
    recording = FaultyStore(MemoryStore())
    target = opened(recording)
    before = len(recording.calls)
    target.download(source, "a")
    points = list(fault_points(recording.calls[before:]))
    assert len(points) > 20
    for point in points:
        inner = MemoryStore()
        opened(inner)
        registry = opened(store := FaultyStore(inner))
        opening = [c.verb for c in store.calls].count(point.verb or "read")
        store.plan = frozenset([Fault(point.call + opening, point.when, point.verb)])
        try:
            registry.download(source, "a")
        except (Unavailable, Uncertain, Crashed):
            assert store.struck
        after = opened(inner)
        if not after.has_object("a", "2"):
            after.download(source, "a")
        assert np.array_equal(after.load("a", verify="full")["y"], SECOND["y"]), point


def condemning(target: Registry, digests: list[str]) -> Callable[[], None]:
    key = "condemned/" + "0" * 32
    target.backend.create(key, Condemned(blobs=digests).encode())
    return lambda: target.backend.remove(key)


def test_a_condemned_digest_is_waited_for_without_a_lease(
    source: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = opened(MemoryStore())
    with source.open("a") as snapshot:
        gone = condemning(target, [snapshot.packs[0].digest])
    waits = []

    def pause() -> None:
        waits.append([e.key for e in target.backend.scan("leases/")])
        if len(waits) == 3:
            gone()

    monkeypatch.setattr(copying.default, "pause", pause)
    target.download(source, "a")
    assert waits == [[], [], []]
    assert target.has_object("a", "2")


def test_what_others_are_about_to_lose_is_no_concern(source: Registry) -> None:
    target = opened(MemoryStore())
    condemning(target, ["sha256:" + "0" * 64])
    assert target.download(source, "a") == "2"


def test_what_was_saved_without_flushing_is_flushed_by_a_copy_that_must_last(
    source: Registry, tmp_path: Path
) -> None:
    hasty = Registry(tmp_path, version_objects=True, durability="none")
    hasty.download(source, "a", target_name="b")
    lasting = Registry(tmp_path)
    lasting.download(source, "a")
    again = lasting.save("a", SECOND)
    assert again.reused == again.chunks > 0


def test_a_large_version_in_sections_is_copied_whole(source: Registry) -> None:
    from casreg.config import Limits

    source._limits = Limits(max_pack=1 << 16, workers=1)
    parts = {f"p{i}": LARGE[i : i + 70_000] for i in range(401)}
    source.save("many", parts)
    with source.open("many") as snapshot:
        assert len(snapshot.sections) == 2
    target = opened(MemoryStore())
    target.download(source, "many")
    assert np.array_equal(target.load("many", verify="full")["p400"], parts["p400"])
    assert [f for f in target.fsck() if f.kind != "orphan"] == []


def test_an_import_whose_lease_ran_out_starts_over(source: Registry) -> None:
    """A machine that slept: what was copied is there, and is held by the new lease."""
    inner = MemoryStore()
    target = opened(inner)
    times = iter([10_000.0])
    now = [0.0]

    class Sleepy(Wrapper):
        def write(self, key: str, data: Sequence[Buffer]) -> None:
            super().write(key, data)
            now[0] = next(times, now[0])

    target = opened(Sleepy(inner))  # type: ignore[arg-type]
    target._clock = lambda: now[0]
    assert target.download(source, "a") == "2"
    assert now[0] == 10_000
    assert list(inner.scan("leases/")) == []
    assert [f for f in target.fsck() if f.kind != "orphan"] == []
