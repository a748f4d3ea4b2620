"""What operations cost, counted on the metered twin."""

from collections.abc import Callable

import numpy as np
import pytest

from casreg import Registry
from casreg.stores.memory import MemoryStore
from casreg.testing import MeteredStore

Noise = Callable[..., bytes]


@pytest.fixture
def store() -> MeteredStore:
    return MeteredStore(MemoryStore())


@pytest.fixture
def registry(store: MeteredStore) -> Registry:
    made = Registry(store, version_objects=True)
    store.reset()
    return made


def counted(store: MeteredStore, act: Callable[[], object]) -> dict[str, int]:
    store.reset()
    act()
    return {verb: count for verb, count in store.counts.items() if count}


def test_opening_a_store_is_two_requests(store: MeteredStore, registry: Registry) -> None:
    assert counted(store, lambda: Registry(store)) == {"read": 1, "scan": 1}


def test_what_there_is_takes_one_listing_and_facts_one_more_and_a_read_for_each_version(
    store: MeteredStore, registry: Registry
) -> None:
    registry.save(["a", "b", "a", "c"], 1)
    registry.delete("c")
    assert counted(store, registry.list_objects_and_versions) == {"scan": 1}
    assert counted(store, registry.info) == {"scan": 4, "read": 3}  # refs, notes, tags, protection
    assert counted(store, lambda: registry.info("a")) == {"scan": 4, "read": 2}
    assert list(registry.info()) == ["a", "b"]
    assert list(registry.info()["a"]) == ["1", "2"]


def test_a_small_new_object_is_one_write_and_one_listing(store: MeteredStore, registry: Registry) -> None:
    small = {"lr": 0.1, "w": np.arange(100)}
    assert counted(store, lambda: registry.save("a", small)) == {"scan": 1, "create": 1}
    assert counted(store, lambda: registry.save("a", small)) == {"scan": 1, "create": 1}
    assert counted(store, lambda: registry.save("a", small, version="7")) == {"scan": 1, "create": 1}


def test_loading_a_small_object_is_one_listing_and_one_read(store: MeteredStore, registry: Registry) -> None:
    registry.save("a", {"lr": 0.1, "w": np.arange(100)})
    for reference in ("a@1", "a", "a@latest"):
        assert counted(store, lambda r=reference: registry.load(r)) == {"scan": 1, "read": 1}  # type: ignore[misc]
    assert counted(store, lambda: registry.has_object("a@1")) == {"scan": 1}


def test_latest_costs_the_same_with_many_versions(store: MeteredStore, registry: Registry) -> None:
    for i in range(1500):
        registry.save("a", i)
    assert counted(store, lambda: registry.load("a")) == {"scan": 1, "read": 1}
    assert counted(store, lambda: registry.save("a", 1)) == {"scan": 1, "create": 1}
    assert counted(store, lambda: registry.list_versions("a")) == {"scan": 2}


def test_info_of_a_name_is_two_listings_and_a_read_per_version(
    store: MeteredStore, registry: Registry, noise: Noise
) -> None:
    for i in range(5):
        registry.save("a", {"i": i}, metadata={"i": i})
    registry.save("a", noise(3_000_000))
    registry.delete("a", "2")
    assert counted(store, lambda: registry.info("a")) == {"scan": 4, "read": 5}


def test_listings_need_no_reads(store: MeteredStore, registry: Registry) -> None:
    for name in ("a", "b/c"):
        registry.save(name, 1)
    registry.save("gone", 1)
    registry.delete("gone")
    assert counted(store, registry.list_objects) == {"scan": 1}
    assert registry.list_objects() == ["a", "b/c"]
    assert counted(store, lambda: registry.list_versions("a")) == {"scan": 1}


def test_a_new_large_object_is_its_packs_and_a_ref(
    store: MeteredStore, registry: Registry, noise: Noise
) -> None:
    """Lease, listing, pack, ref, lease deleted."""
    costs = {"create": 2, "scan": 1, "write": 1, "remove": 1}
    assert counted(store, lambda: registry.save("a", noise(3_000_000))) == costs


def test_an_unchanged_large_object_writes_no_blob(
    store: MeteredStore, registry: Registry, noise: Noise
) -> None:
    registry.save("a", noise(3_000_000))
    """Lease, listing, condemned lists, the ref to reuse from, ref, lease deleted; a look at its pack
    where that is cheap: on local stores."""
    costs = {"create": 2, "scan": 2, "read": 1, "stat": 1, "remove": 1}
    assert counted(store, lambda: registry.save("a", noise(3_000_000))) == costs
    assert store.bytes_in < 10_000


def test_a_lazy_tensor_moves_its_own_bytes_only(store: MeteredStore, registry: Registry) -> None:
    rng = np.random.default_rng(0)
    tree = {f"layer{i}": rng.integers(0, 255, 400_000, np.uint8) for i in range(50)}
    registry.save("m", tree)
    store.reset()
    with registry.open("m") as snapshot:
        assert np.array_equal(snapshot["layer7"], tree["layer7"])
    assert store.counts["read"] == 2
    assert store.bytes_out < 400_000 + 40_000


def test_neighbouring_ranges_are_fetched_together(
    store: MeteredStore, registry: Registry, noise: Noise
) -> None:
    registry.save("b", noise(40 << 20))
    store.reset()
    assert registry.load("b") == noise(40 << 20)
    assert store.counts["read"] <= 8
