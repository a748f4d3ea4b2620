"""What is in the store when a simulation begins: made once by real saves, then copied."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from unittest.mock import patch

from casreg import Registry
from casreg.config import MIB
from casreg.models.store import Chunking, ContentChunking, Settings, StoreConfig
from casreg.stores.memory import MemoryStore

BLOCK = 4096
BIG_METADATA = {"text": "x" * 17_000}
"""Too much to travel inline: head and index become blobs."""


@cache
def block(seed: int) -> bytes:
    return random.Random(seed).randbytes(BLOCK)


@cache
def value(*seeds: int) -> bytes:
    """An object of one block per seed; objects with neighbouring blocks in common share chunks."""
    return b"".join(map(block, seeds))


VERSIONS = (value(1, 2, 3, 4, 5), value(1, 2, 3, 4, 6))
"""Of "a"; the second reuses the first one's pack."""


@cache
def _stages() -> tuple[dict[str, bytes], ...]:
    """What each step added: the store with the first version, the second one, and what is rich."""
    store = MemoryStore()
    config = StoreConfig(
        id="0" * 32,
        created=datetime(2025, 1, 1, tzinfo=UTC),
        chunking=Chunking(content=ContentChunking(min_size=1024, avg_size=4096, max_size=8192)),
        settings=Settings(versioned=True, mutable=True),
    )
    store.create("casreg.json", config.encode())
    registry = Registry(store, memory=64 * MIB)
    stages: list[dict[str, bytes]] = []

    def staged() -> None:
        seen = {key for stage in stages for key in stage}
        stages.append({e.key: store.read(e.key) for e in store.scan("") if e.key not in seen})

    for content in VERSIONS:
        registry.save("a", content)
        staged()
    registry.save("large head", value(21, 22, 23, 24, 25), metadata=BIG_METADATA)
    registry.save("sections", value(31, 32, 33, 34, 35))
    # By its full name: the package has a function of the same name.
    with patch.object(importlib.import_module("casreg.writer.assemble"), "MAX_LAYERS", 2):
        registry.save("sections", value(31, 32, 33, 34, 36))
    registry.delete("sections", "1")
    staged()
    return tuple(stages)


def base(versions: int, rich: bool, now: Callable[[], float]) -> MemoryStore:
    """A new store with one or two versions of "a", the same every time; a ``rich`` one has a version in
    sections, too, and one whose head and index are blobs."""
    store = MemoryStore(now=now)
    for stage in (*_stages()[:versions], *_stages()[2:][: int(rich)]):
        for key, data in stage.items():
            store.create(key, data)
    return store
