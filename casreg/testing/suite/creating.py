"""Creates: of any number of callers exactly one makes the object."""

from __future__ import annotations

from functools import partial

from casreg.stores.probe import probe
from casreg.stores.protocol import Store
from casreg.testing.suite.shared import KEYS, MIB, keys, pattern
from casreg.testing.together import together


class Creating:
    def test_create_makes_an_object_once(self, store: Store) -> None:
        for key in KEYS:
            assert store.create(key, b"first") is True
            assert store.create(key, b"second") is False
            assert store.create(key, b"first") is False
            assert store.read(key) == b"first"

    def test_create_takes_every_kind_of_buffer(self, store: Store) -> None:
        for key, data in (("a", b"x\xff"), ("b", bytearray(b"x\xff")), ("c", memoryview(b"-x\xff")[1:])):
            assert store.create(key, data)
            assert store.read(key) == b"x\xff"

    def test_an_empty_object_keeps_its_key_taken(self, store: Store) -> None:
        assert store.create("refs/a/1,r8", b"")
        assert not store.create("refs/a/1,r8", b"late")
        assert store.read("refs/a/1,r8") == b""

    def test_a_written_object_is_in_the_way_of_create(self, store: Store) -> None:
        store.write("a", [b"written"])
        assert not store.create("a", b"created")
        assert store.read("a") == b"written"

    def test_a_removed_object_can_be_created_again(self, store: Store) -> None:
        store.create("a", b"old")
        store.remove("a")
        assert store.create("a", b"new")
        assert store.read("a") == b"new"

    def test_create_stores_large_objects_whole(self, store: Store) -> None:
        data = pattern(6 * MIB + 1)
        assert store.create("a", memoryview(data))
        assert store.read("a") == data

    def test_of_many_creators_exactly_one_wins(self, store: Store) -> None:
        for number in range(12):
            key = f"refs/raced/{number},r9"
            offers = [f"{number} {writer}".encode() * (writer + 1) for writer in range(8)]
            made = together([partial(store.create, key, offer) for offer in offers])
            assert made.count(True) == 1
            assert store.read(key) == offers[made.index(True)]

    def test_creators_in_a_new_folder_do_not_disturb_each_other(self, store: Store) -> None:
        for number in range(6):
            calls = [f"new{number}/x/{writer}/y" for writer in range(8)]
            made = together([partial(store.create, key, key.encode()) for key in calls])
            assert made == [True] * 8
            assert keys(store, f"new{number}/") == calls

    def test_who_lost_sees_the_winner_everywhere(self, store: Store) -> None:
        def attempt(key: str, offer: bytes) -> bool:
            store.create(key, offer)
            found = store.stat(key)
            return (
                keys(store, key) == [key] and found is not None and len(store.read(key)) == found.size == 100
            )

        for number in range(8):
            key = f"refs/seen/{number}"
            calls = [partial(attempt, key, bytes([writer]) * 100) for writer in range(6)]
            assert together(calls) == [True] * 6

    def test_the_probe_is_passed(self, store: Store) -> None:
        probe(store)
        assert keys(store) == []
