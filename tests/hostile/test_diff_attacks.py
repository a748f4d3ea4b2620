"""Versions that lie, compared with a good one and with themselves, and counted."""

from array import array

import numpy as np
import pytest
from attacking import attacked
from test_index_attacks import LIES

from casreg import Corrupt, Registry
from casreg.models.index import Index
from casreg.stores.memory import MemoryStore
from casreg.tensors import Tensor


@pytest.mark.parametrize("lie", LIES)
def test_an_index_that_lies_is_refused(lie: str) -> None:
    store = MemoryStore()
    attacked(store, index=LIES[lie][0])
    registry = Registry(store, read_only=True)
    for a, b in (("evil", "evil"), ("good", "evil"), ("evil", "good")):
        with pytest.raises(Corrupt, match=LIES[lie][1]) as caught:
            registry.diff(a, b)
        assert (caught.value.name, caught.value.version) == ("evil", "1")
    for count in (registry.stats, lambda: registry.stats("evil"), lambda: registry.stats("evil@1")):
        with pytest.raises(Corrupt, match=LIES[lie][1]) as caught:
            count()
        assert (caught.value.name, caught.value.version) == ("evil", "1")
    assert registry.diff("good", "good").equal
    assert registry.stats("good").versions == 1


def test_a_tensor_whose_shape_is_a_lie() -> None:
    store = MemoryStore()
    attacked(store, index=lambda index: setattr(index, "tensors", [(0, Tensor("w", "F32", (9,), 0, 5))]))
    with pytest.raises(Corrupt, match="cannot have 5 bytes"):
        Registry(store).diff("evil", "good")


def test_tensors_that_overlap_beyond_reason() -> None:
    def overlap(index: Index) -> None:
        index.sequence = array("I", [0] * 20_000)
        index.counts = array("I", [20_000, 0])
        size = 20_000 * 3000
        index.tensors = [(0, Tensor(str(i), "U8", (size,), 0, size)) for i in range(2000)]

    store = MemoryStore()
    attacked(store, index=overlap)
    with pytest.raises(Corrupt, match="overlap beyond reason"):
        Registry(store).diff("evil", "evil")


def test_a_flipped_byte_is_told_with_its_place() -> None:
    with Registry("memory://", version_objects=True) as registry:
        for step in (0, 1):
            noise = np.random.default_rng(step).integers(0, 255, 100_000, np.uint8)
            registry.save("m", {"w": noise})
        with registry.open("m") as version:
            key = version.packs[-1].sha256.key
        pack = bytearray(registry.backend.read(key))
        pack[len(pack) // 3] ^= 1
        registry.backend.write(key, [pack])
        with pytest.raises(Corrupt) as caught:
            registry.diff("m")
        assert (caught.value.name, caught.value.version) == ("m", "2")
