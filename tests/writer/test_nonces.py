"""What a save writes is never what another one has written: a digest that recurs could be swept under it."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Sequence
from unittest.mock import patch

import pytest

from casreg import Registry
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Buffer

BLOCK = 1 << 20


class Counting(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.written: Counter[str] = Counter()

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        self.written[key] += key.startswith("blobs/")
        super().write(key, data)


@pytest.mark.parametrize("layers", [400, 2], ids=["one manifest", "sections"])
def test_no_blob_is_written_twice(noise: Callable[..., bytes], layers: int) -> None:
    """The same object with metadata too large to travel inline, saved, deleted, and saved anew."""
    store = Counting()
    registry = Registry(store, version_objects=True, mutable=True)
    big = {"text": "x" * 17_000}
    parts = [noise(BLOCK, seed) for seed in range(4)]
    with patch.object(importlib.import_module("casreg.writer.assemble"), "MAX_LAYERS", layers):
        for count in range(1, 5):  # so that what follows is made of several packs, all reused
            registry.save("parts", b"".join(parts[:count]))
        for version in ("1", "2", "2", "3"):
            registry.save("a", b"".join(parts), version=version, metadata=big, base="parts")
        registry.delete("a")
        for version in ("1", "2"):
            registry.save("a", b"".join(parts), version=version, metadata=big, base="parts")
    assert sum(store.written.values()) > 12
    assert set(store.written.values()) <= {0, 1}
