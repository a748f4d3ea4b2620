"""Memory that is used again is used by one at a time, and is not lost where there is none."""

import signal
from collections.abc import Sequence
from types import FrameType

import numpy as np
import pytest

from casreg import Registry
from casreg.slabs import Scratch, SlabPool
from casreg.stores.memory import MemoryStore
from casreg.stores.wrapper import Wrapper


def test_scratch_of_a_turn_is_used_again_by_the_next_and_by_none_within() -> None:
    scratch = Scratch()
    with scratch.turn():
        first = scratch.take("a", 10)
        with scratch.turn():
            scratch.take("a", 10)[:] = b"b" * 10
        first[:] = b"a" * 10
        assert scratch.take("a", 10) == first
    with scratch.turn():
        assert scratch.take("a", 5) == b"a" * 5


def test_a_slab_for_which_there_was_no_memory_is_not_missing_later() -> None:
    pool = SlabPool(1 << 62, 1)
    for _ in range(2):
        with pytest.raises(MemoryError):
            pool.take()


class Signalling(Wrapper):
    """Has a signal come in when a read has filled its buffers."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.left = 0

    def read_into(self, key: str, start: int, destinations: Sequence[memoryview]) -> None:
        super().read_into(key, start, destinations)
        if self.left:
            self.left -= 1
            signal.raise_signal(signal.SIGINT)


def test_a_load_in_a_signals_handler_leaves_the_one_that_it_interrupts_as_it_is() -> None:
    """As of a run that is told to end while it loads, and saves once more."""
    store = Signalling()
    reg = Registry(store, version_objects=True)
    weights = np.random.default_rng(1).standard_normal((2, 100_000)).astype("f4")
    for name, array in zip("ab", weights, strict=True):
        for factor in (1, 1.001):  # the second one is kept as a delta
            reg.save(name, array * np.float32(factor))
    found: list[np.ndarray] = []

    def handler(number: int, frame: FrameType | None) -> None:
        found.append(reg.load("b"))

    before = signal.signal(signal.SIGINT, handler)
    try:
        for reads in (1, 2, 3):
            store.left = reads
            assert np.array_equal(reg.load("a"), weights[0] * np.float32(1.001))
            store.left = 0
    finally:
        signal.signal(signal.SIGINT, before)
    assert found
    assert all(np.array_equal(array, weights[1] * np.float32(1.001)) for array in found)
