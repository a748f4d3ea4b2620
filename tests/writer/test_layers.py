"""Packs: which are reused, which are left behind, and versions of more packs than a manifest holds."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from casreg import Registry
from casreg.config import Limits
from casreg.edges import references
from casreg.models.manifest import MAX_LAYERS, ImageIndex, Manifest
from casreg.models.store import BlockChunking, Chunking, ContentChunking, Settings, StoreConfig
from casreg.stores.memory import MemoryStore
from casreg.testing import MeteredStore

Noise = Callable[..., bytes]


@pytest.fixture
def fine() -> Registry:
    """A registry whose chunks have some hundred bytes and whose packs hold 4 KiB."""
    store = MemoryStore()
    config = StoreConfig(
        id=secrets.token_hex(16),
        created=datetime.now(UTC),
        chunking=Chunking(
            content=ContentChunking(min_size=64, avg_size=256, max_size=1024),
            blocks=BlockChunking(block_size=1 << 10, small=64, group_size=1 << 10),
        ),
        settings=Settings(versioned=True),
    )
    store.create("casreg.json", config.encode())
    registry = Registry(MeteredStore(store))
    registry._limits = Limits(max_pack=4 << 10)
    return registry


def test_a_version_of_many_packs_is_an_image_index_of_manifests(fine: Registry, noise: Noise) -> None:
    data = noise(4_000_000)
    fine.save("big", data)
    with fine.open("big") as snapshot:
        assert isinstance(snapshot.manifest, ImageIndex)
        assert len(snapshot.packs) > 2 * MAX_LAYERS
        assert [len(section.layers) for section in snapshot.sections[:-1]] == [MAX_LAYERS] * (
            len(snapshot.sections) - 1
        )
        assert references(snapshot.manifest) == snapshot.manifest.manifests
        assert [d for s in snapshot.sections for d in references(s)].count(
            snapshot.sections[0].config
        ) == len(snapshot.sections)
        assert snapshot.read("data") == data
    assert fine.load("big", verify="full") == data
    assert fine.info("big@1")["stored_size"] > 4_000_000


def test_continuing_a_version_of_many_packs_reuses_them_all(fine: Registry, noise: Noise) -> None:
    data = noise(4_000_000)
    fine.save("big", data)
    saved = fine.save("big", data + b"more")
    assert saved.stored < 10_000
    assert saved.reused > 0.99 * saved.chunks
    assert fine.load("big", verify="full") == data + b"more"


def test_many_small_changes_do_not_gather_layers_without_end(fine: Registry) -> None:
    array = np.random.default_rng(0).integers(0, 255, 300_000, np.uint8)
    usual, fine._limits = fine._limits, Limits(max_pack=1 << 10)
    fine.save("m", array)
    begun = len(fine.open("m").packs)
    assert 200 < begun < MAX_LAYERS
    fine._limits = usual
    for i in range(MAX_LAYERS + 60 - begun):
        array[i * 600 : i * 600 + 10] += 1
        fine.save("m", array)
    with fine.open("m") as snapshot:
        assert isinstance(snapshot.manifest, Manifest)
        assert len(snapshot.manifest.layers) <= MAX_LAYERS
    assert np.array_equal(fine.load("m", verify="full"), array)


def test_a_pack_of_which_little_is_live_is_left_behind(registry: Registry, noise: Noise) -> None:
    data = noise(8 << 20)
    registry.save("m", data)
    first = registry.open("m").packs
    kept = registry.save("m", data[: 3 << 20] + noise(5 << 20, 1))
    assert registry.open("m").packs[:1] == first
    assert kept.stored < 6 << 20
    left = registry.save("n", data[: 1 << 20] + noise(7 << 20, 2), base="m@1")
    assert left.reused > 0
    assert first[0] not in registry.open("n").packs
    assert registry.load("n", verify="full") == data[: 1 << 20] + noise(7 << 20, 2)


def test_chunks_of_inline_packs_are_never_referenced_by_others(registry: Registry, noise: Noise) -> None:
    small = noise(9_000)
    registry.save("m", small)
    assert registry.open("m").ref.inline
    grown = registry.save("m", small + noise(2 << 20, 1), base="m@1")
    inline = {blob.digest for blob in registry.open("m@1").ref.inline}
    assert not inline & {pack.digest for pack in registry.open("m").packs}
    assert grown.reused == 0


def test_parts_larger_than_a_pack_share_none(tmp_path: Path, noise: Noise) -> None:
    root = tmp_path / "d"
    root.mkdir()
    sizes = {"a-small": 10_000, "b-large": 9 << 20, "c-small": 20_000, "d-large": 10 << 20, "e": 30_000}
    for name, size in sizes.items():
        (root / name).write_bytes(noise(size, size))
    registry = Registry("memory://", memory=64 << 20)
    registry.save("d", root)
    with registry.open("d") as snapshot:
        index = snapshot.index
        packs = {
            part.path: {
                index.chunks.pack[row] for row in index.sequence[part.first : part.first + part.count]
            }
            for part in snapshot.parts
        }
    large = packs["b-large"], packs["d-large"]
    assert not large[0] & large[1]
    assert not (large[0] | large[1]) & (packs["a-small"] | packs["c-small"] | packs["e"])


def test_the_nonce_keeps_digests_from_recurring(registry: Registry, noise: Noise) -> None:
    data = noise(100_000)
    registry.save("a", data)
    registry.save("b", data)
    a, b = registry.open("a"), registry.open("b")
    assert a.content == b.content
    assert not {p.digest for p in a.packs} & {p.digest for p in b.packs}
    registry.save("a", data)
    again = registry.open("a@2")
    assert again.packs == a.packs
    assert again.digest != a.digest
