"""Damage is found, named, and never returned as data."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from casreg import CasregError, Corrupt, Registry, Unsupported
from casreg.stores.memory import MemoryStore

Noise = Callable[..., bytes]

ARRAYS = {
    "text": np.frombuffer(b"compressible " * 40_000, np.uint8),
    "noise": np.random.default_rng(0).integers(0, 255, 300_000, np.uint8),
}


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    registry = Registry(store, version_objects=True)
    registry.save("small", {"x": [1, 2, 3], "w": np.arange(100)})
    registry.save("large", ARRAYS)
    registry.save("large", {**ARRAYS, "more": np.arange(50_000)}, metadata={"m": "x" * 20_000})
    return store


def load_all(store: MemoryStore) -> dict[str, Any]:
    registry = Registry(store, read_only=True)
    return {
        f"{n}@{v}": registry.load(n, v) for n, vs in registry.list_objects_and_versions().items() for v in vs
    }


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return np.array_equal(a, b)


def test_no_flipped_bit_is_ever_returned_as_data(store: MemoryStore) -> None:
    """A flip is an error, or it hit what loading does not depend on (a time, a gap, a trailer)."""
    whole = load_all(store)
    rng = random.Random(0)
    found = 0
    keys = [entry.key for entry in store.scan("") if entry.key.startswith(("blobs/", "refs/"))]
    for key in keys:
        good = store.read(key)
        for _ in range(60):
            bad = bytearray(good)
            bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
            store.write(key, [bad])
            try:
                assert same(load_all(store), whole), key
            except (Corrupt, Unsupported):
                found += 1
            store.write(key, [good])
    assert found > 30 * len(keys)


def test_no_truncation_is_ever_returned_as_data(store: MemoryStore) -> None:
    whole = load_all(store)
    found = 0
    for entry in list(store.scan("blobs/")):
        good = store.read(entry.key)
        for size in (0, 1, len(good) // 2, len(good) - 1):
            store.write(entry.key, [good[:size]])
            try:
                assert same(load_all(store), whole)  # only a pack's trailer was cut off
            except Corrupt:
                found += 1
        store.write(entry.key, [good])
    assert found >= 3
    for entry in list(store.scan("refs/")):
        good = store.read(entry.key)
        for size in (1, len(good) // 2, len(good) - 1):
            store.write(entry.key, [good[:size]])
            with pytest.raises(Corrupt):
                load_all(store)
        store.write(entry.key, [good])


def test_a_missing_blob_is_corrupt_and_never_not_found(store: MemoryStore) -> None:
    for entry in list(store.scan("blobs/")):
        good = store.read(entry.key)
        store.remove(entry.key)
        with pytest.raises(Corrupt, match="missing from the store") as caught:
            load_all(store)
        assert caught.value.name == "large"
        store.write(entry.key, [good])


@pytest.mark.parametrize("verify", ["integrity", "full"])
def test_the_error_names_version_part_pack_and_offset(on_disk: Registry, noise: Noise, verify: Any) -> None:
    registry = on_disk
    registry.save("m", noise(5_000_000))
    with registry.open("m") as snapshot:
        row = snapshot.index.sequence[3]
        offset, size = snapshot.index.chunks.offset[row], snapshot.index.chunks.stored[row]
        pack = snapshot.packs[0].digest
    key = f"blobs/sha256/{pack[7:]}"
    data = bytearray(registry.backend.read(key))
    data[offset + size // 2] ^= 1
    registry.backend.write(key, [data])
    with pytest.raises(Corrupt) as caught:
        registry.load("m", verify=verify)
    error = caught.value
    assert (error.name, error.version, error.part, error.pack, error.offset) == (
        "m",
        "1",
        "data",
        pack,
        offset,
    )
    assert error.expected != error.found
    assert str(error).endswith(f"(m@1, part 'data', pack {pack}, offset {offset})")
    assert len(registry.load("m", verify="none")) == 5_000_000


def test_what_is_damaged_elsewhere_does_not_stop_a_lazy_read(store: MemoryStore) -> None:
    registry = Registry(store)
    with registry.open("large@1") as snapshot:
        tensor = snapshot.tensors["noise"]
        for row in snapshot.index.sequence:
            if snapshot.index.chunks.plain[row] == tensor.size:
                offset = snapshot.index.chunks.offset[row]
        key = f"blobs/sha256/{snapshot.packs[0].digest[7:]}"
        data = bytearray(store.read(key))
        data[offset] ^= 1
        store.write(key, [data])
        assert same(snapshot["text"], ARRAYS["text"])
        with pytest.raises(Corrupt):
            snapshot["noise"]


def test_a_damaged_version_does_not_spread_into_new_ones(store: MemoryStore) -> None:
    """A version whose index cannot be read is not reused from; the save succeeds and is whole."""
    for entry in list(store.scan("refs/large/")):
        ref = bytearray(store.read(entry.key))
        ref[len(ref) // 2] ^= 1
        store.write(entry.key, [ref])
    registry = Registry(store)
    saved = registry.save("large", ARRAYS)
    assert saved == "3"
    assert same(registry.load("large@3", verify="full"), ARRAYS)


def test_corruption_is_not_a_key_error(store: MemoryStore) -> None:
    for entry in list(store.scan("refs/small/")):
        store.write(entry.key, [b"rubbish"])
    with pytest.raises(Corrupt) as caught:
        Registry(store).load("small")
    assert not isinstance(caught.value, KeyError)
    assert isinstance(caught.value, CasregError)
