"""Unconditional writes."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from casreg.stores.protocol import Store
from casreg.testing.suite.shared import MIB, keys, pattern
from casreg.testing.together import together


class Writing:
    @pytest.mark.parametrize("data", [[], [b""], [b"", b"", memoryview(b"")]])
    def test_an_empty_object_is_an_object(self, store: Store, data: list[bytes]) -> None:
        store.write("a", data)
        assert store.read("a") == store.read("a", 0, 5) == b""
        assert [(entry.key, entry.size) for entry in store.scan("")] == [("a", 0)]
        assert not store.create("a", b"x")

    def test_more_buffers_than_one_system_call_takes(self, store: Store) -> None:
        data = pattern(7000)
        store.write("a", [memoryview(data)[at : at + 3] for at in range(0, 7000, 3)])
        assert store.read("a") == data

    def test_large_and_small_buffers_are_joined(self, store: Store) -> None:
        data = pattern(20 * MIB + 5)
        view = memoryview(data)
        store.write(
            "a", [view[:1], b"", view[1 : 18 * MIB], view[18 * MIB : 18 * MIB + 4], view[18 * MIB + 4 :]]
        )
        assert store.read("a") == data

    def test_writing_replaces(self, store: Store) -> None:
        store.write("a", [pattern(MIB)])
        for data in (b"short", b"", pattern(2 * MIB)):
            store.write("a", [data])
            assert store.read("a") == data
            assert [entry.size for entry in store.scan("")] == [len(data)]

    def test_writing_leaves_the_buffers_alone(self, store: Store) -> None:
        data = bytearray(b"mutable")
        store.write("a", [data])
        store.create("b", data)
        data[:] = b"changed"
        data.extend(b"!")
        assert store.read("a") == store.read("b") == b"mutable"

    def test_readers_of_an_object_being_replaced_see_one_state(self, store: Store) -> None:
        states = [bytes([number]) * (200_000 + 70_000 * number) for number in range(4)]
        store.write("a", [states[0]])
        done = threading.Event()

        def write() -> int:
            try:
                for number in range(24):
                    state = memoryview(states[number % 4])
                    store.write("a", [state[:100_001], state[100_001:]])
                return 0
            finally:
                done.set()

        def read() -> int:
            wrong = 0
            while not done.is_set():
                wrong += store.read("a") not in states
                halves = [memoryview(bytearray(100_000)) for _ in range(2)]
                store.read_into("a", 0, halves)
                wrong += halves[0] != halves[1]
                wrong += [entry.size in map(len, states) for entry in store.scan("a")] != [True]
            return wrong

        assert together([write, read, read]) == [0, 0, 0]

    def test_writers_of_one_key_leave_one_of_their_objects(self, store: Store) -> None:
        states = [bytes([number]) * (300_000 + number) for number in range(8)]
        together([partial(store.write, "a", [state]) for state in states])
        assert store.read("a") in states
        assert keys(store) == ["a"]
