"""Buffers are few; no input makes a save wait for one that will not come."""

import io
import random

import numpy as np
import pytest

from casreg import Registry
from casreg.config import MIB, Limits
from casreg.writer.packer import OPEN, UPLOADS


@pytest.mark.parametrize(("memory", "workers"), [(64, 2), (64, 4), (64, 8), (96, 4), (128, 4)])
def test_repeats_and_sparse_news_do_not_starve_a_small_save(memory: int, workers: int) -> None:
    """Regions that recur a few times, with little that is new before each: slabs that look worth
    keeping and turn out not to be."""
    rng = random.Random(0)
    pieces = []
    for _ in range(6):
        region = rng.randbytes(3_400_000)
        for _ in range(4):
            pieces += [rng.randbytes(128 << 10), region]
    data = b"".join(pieces)
    registry = Registry("memory://", version_objects=True)
    registry._limits = Limits(memory=memory * MIB, workers=workers)
    registry.save("s", io.BytesIO(data))
    assert registry.load("s") == data


@pytest.mark.parametrize("memory", [64, 512, 4096])
def test_there_are_always_slabs_enough_to_go_on(memory: int) -> None:
    for workers in (1, 2, 8):
        limits = Limits(memory=memory * MIB, workers=workers)
        assert limits.slabs >= limits.ahead + 1
        encoded = (limits.ahead + 1) * limits.slab_size
        packs = (OPEN + UPLOADS) * limits.pack_size
        assert limits.slabs * limits.slab_size + encoded + packs <= limits.memory


def test_a_base_with_sparse_changes_is_saved_in_little_memory() -> None:
    array = np.random.default_rng(0).integers(0, 255, 40 << 20, np.uint8)
    registry = Registry("memory://", version_objects=True, memory=64 << 20)
    registry.save("a", io.BytesIO(array.tobytes()))
    array[:: 1 << 20] += 1
    registry.save("a", io.BytesIO(array.tobytes()))
    assert registry.load("a") == array.tobytes()
