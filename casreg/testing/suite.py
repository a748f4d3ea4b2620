"""The promises of :mod:`casreg.stores.protocol`, each as a test.

A backend is proved by a subclass that overrides one fixture::

    class TestMyStore(StoreSuite):
        @pytest.fixture
        def store(self):
            store = MyStore(...)  # empty, and this test's own
            yield store
            store.close()
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import TypeVar

import pytest

from casreg.errors import BlobNotFound, Corrupt, InvalidInput
from casreg.stores.probe import probe
from casreg.stores.protocol import Entry, Store

_T = TypeVar("_T")

MIB = 1 << 20

HEX = "0123456789abcdef" * 4

KEYS = (
    "casreg.json",
    "settings/1",
    f"blobs/sha256/{HEX}",
    f"blobs/sha256/{HEX[::-1]}",
    "refs/det%2fyolo/r8~,r8",
    "refs/det%2fyolo/r8~,r9",
    "refs/det%2fyolo!/r8~,r9",
    "tags/det%2fyolo/prod,r9",
    f"leases/{HEX[:32]}",
    f"condemned/{HEX[:32]}",
    f"condemned/{HEX[:32]}.closed",
    f"condemned/{HEX[:32]}.wait",
)

UNSORTED = ("d/b", "d/a", "d.x", "d/b/c", "d0", "d-", "d/b,", "d/b0/z", "d/B", "e/x", "c", "d!/q", "d/b/d~")
"""Folders and files whose names sort differently with and without the slash behind a folder's."""


def together(calls: Sequence[Callable[[], _T]]) -> list[_T]:
    """The results of ``calls``, all begun at the same moment in threads of their own."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], _T]) -> _T:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def keys(store: Store, prefix: str = "", after: str = "") -> list[str]:
    return [entry.key for entry in store.scan(prefix, after)]


def pattern(size: int) -> bytes:
    """Bytes in which pieces of round sizes that were swapped or shifted show: the period is a prime."""
    block = bytes(range(251))
    return (block * (size // len(block) + 1))[:size]


class StoreSuite:
    """Subclass it, override ``store``, and pytest proves the backend.

    ``page``: entries that one request of a listing brings at most. A backend whose requests are slow
    may have them small in its tests, if it is told so.
    """

    page = 1000

    @pytest.fixture
    def store(self) -> Store:
        """An empty store that belongs to one test."""
        raise NotImplementedError("override the fixture `store`")

    # read

    def test_what_was_written_is_read(self, store: Store) -> None:
        for key in KEYS:
            store.write(key, [b"of ", bytearray(b"the "), memoryview(b"key "), key.encode()])
        for key in KEYS:
            assert store.read(key) == b"of the key " + key.encode()

    def test_all_byte_values_survive(self, store: Store) -> None:
        data = bytes(range(256)) + "naïve, Größe, 世界\r\n\0".encode()
        store.write("blobs/a", [data])
        assert store.create("blobs/b", data)
        assert store.read("blobs/a") == store.read("blobs/b") == data

    @pytest.mark.parametrize(
        ("start", "stop"),
        [
            (0, None),
            (0, 0),
            (0, 1),
            (3, 7),
            (7, 3),
            (5, 5),
            (9, 10),
            (9, 99),
            (10, None),
            (10, 12),
            (50, 60),
            (4, None),
        ],
    )
    def test_ranges_are_those_of_slices(self, store: Store, start: int, stop: int | None) -> None:
        store.write("a", [b"0123456789"])
        assert store.read("a", start, stop) == b"0123456789"[start:stop]

    def test_a_range_of_a_large_object_is_that_range(self, store: Store) -> None:
        data = pattern(5 * MIB + 3)
        store.write("a", [data])
        for start, stop in ((0, 1), (MIB - 1, MIB + 1), (4 * MIB, 5 * MIB + 3), (5 * MIB, 9 * MIB)):
            assert store.read("a", start, stop) == data[start:stop]

    @pytest.mark.parametrize(("start", "stop"), [(-1, None), (-5, 3), (0, -1)])
    def test_negative_positions_are_refused(self, store: Store, start: int, stop: int | None) -> None:
        store.write("a", [b"0123456789"])
        with pytest.raises(InvalidInput):
            store.read("a", start, stop)

    def test_reading_what_is_not_there_says_so(self, store: Store) -> None:
        store.write("blobs/a/b", [b"x"])
        for key in ("blobs/c", "other/a", "blobs/a", "blobs/a/b/c", "blobs/a/bc"):
            with pytest.raises(BlobNotFound):
                store.read(key)
            with pytest.raises(BlobNotFound):
                store.read(key, 0, 0)
            with pytest.raises(BlobNotFound):
                store.read_into(key, 0, [memoryview(bytearray(1))])
            assert store.stat(key) is None

    def test_an_error_names_key_and_store(self, store: Store) -> None:
        with pytest.raises(BlobNotFound) as raised:
            store.read("blobs/missing")
        assert "blobs/missing" in str(raised.value)
        assert raised.value.store == store.url

    # read_into

    def test_destinations_are_filled_in_order(self, store: Store) -> None:
        store.write("a", [b"0123456789"])
        target = bytearray(b"........")
        view = memoryview(target)
        store.read_into("a", 2, [view[4:7], view[0:0], view[0:2]])
        assert target == b"56..234."

    def test_no_destination_at_all_reads_nothing(self, store: Store) -> None:
        store.write("a", [b"0123456789"])
        store.read_into("a", 3, [])
        store.read_into("a", 10, [memoryview(bytearray())])

    def test_more_destinations_than_one_system_call_takes(self, store: Store) -> None:
        data = pattern(5003)
        store.write("a", [data])
        target = memoryview(bytearray(5000))
        store.read_into("a", 3, [target[at : at + 2] for at in range(0, 5000, 2)])
        assert target == data[3:]

    def test_empty_destinations_are_not_taken_for_the_end(self, store: Store) -> None:
        store.write("a", [b"0123456789"])
        target = memoryview(bytearray(4))
        empty = [memoryview(bytearray())] * 1500
        store.read_into("a", 1, [*empty, target[:2], *empty, target[2:], *empty])
        assert target.tobytes() == b"1234"

    def test_large_destinations_are_filled(self, store: Store) -> None:
        data = pattern(9 * MIB)
        store.write("a", [data])
        target = memoryview(bytearray(9 * MIB - 7))
        store.read_into("a", 7, [target[: 5 * MIB], target[5 * MIB :]])
        assert target == data[7:]

    @pytest.mark.parametrize("start", [3, 10, 40])
    def test_an_object_that_ends_too_early_is_corrupt(self, store: Store, start: int) -> None:
        store.write("a", [b"0123456789"])
        with pytest.raises(Corrupt) as raised:
            store.read_into("a", start, [memoryview(bytearray(4)), memoryview(bytearray(5))])
        assert raised.value.key == "a"

    # stat

    def test_stat_gives_what_the_listing_gives(self, store: Store) -> None:
        for number, key in enumerate(KEYS):
            store.write(key, [bytes(number)])
        entries = list(store.scan(""))
        assert [store.stat(entry.key) for entry in entries] == entries
        assert {entry.key: entry.size for entry in entries} == {key: n for n, key in enumerate(KEYS)}

    def test_stamps_do_not_run_backwards(self, store: Store) -> None:
        stamps = []
        for number in range(5):
            store.write(f"leases/{number}", [b"x"])
            found = store.stat(f"leases/{number}")
            assert found is not None
            stamps.append(found.modified)
        assert all(earlier <= later for earlier, later in pairwise(stamps))
        assert stamps[0] > 0

    def test_a_rewritten_object_has_the_new_size_and_no_older_stamp(self, store: Store) -> None:
        store.write("leases/a", [b"old"])
        old = store.stat("leases/a")
        store.write("leases/a", [b"newer"])
        new = store.stat("leases/a")
        assert old is not None
        assert new is not None
        assert (old.size, new.size) == (3, 5)
        assert old.modified <= new.modified

    # write

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

    # create

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

    # remove

    def test_removing_is_idempotent(self, store: Store) -> None:
        for key in ("refs/a/b", "never/was"):
            store.remove(key)
        store.create("refs/a/b", b"x")
        store.remove("refs/a/b")
        store.remove("refs/a/b")
        store.create("refs/a/b", b"again")
        for key in ("refs/a/b/c", "refs/a", "refs"):
            store.remove(key)
        assert keys(store) == ["refs/a/b"]

    def test_what_was_removed_is_gone_from_every_verb(self, store: Store) -> None:
        for key in ("refs/a/1", "refs/a/2", "refs/a/3"):
            store.create(key, b"x")
        store.remove("refs/a/2")
        assert store.stat("refs/a/2") is None
        assert keys(store) == ["refs/a/1", "refs/a/3"]
        with pytest.raises(BlobNotFound):
            store.read("refs/a/2")

    def test_many_may_remove_one_object(self, store: Store) -> None:
        for number in range(6):
            key = f"condemned/{number}"
            store.create(key, b"x")
            together([partial(store.remove, key)] * 6)
            assert store.stat(key) is None

    # scan

    def test_an_empty_store_lists_nothing(self, store: Store) -> None:
        assert keys(store) == keys(store, "refs/") == keys(store, "refs/a/", "refs/a/b") == []

    def test_listings_are_in_the_order_of_the_keys_bytes(self, store: Store) -> None:
        # d/b is an object and a folder at once: no layout does that, and no disk can.
        made = [key for key in UNSORTED if not key.startswith("d/b/")]
        for key in made:
            store.write(key, [key.encode()])
        assert keys(store) == sorted(made)

    @pytest.mark.parametrize(
        "prefix",
        [
            "",
            "d",
            "d/",
            "d/b",
            "d/b/",
            "d/b0",
            "d/b0/",
            "d/b0/z",
            "d/b0/zz",
            "d.",
            "d0",
            "d!",
            "x",
            "d/B",
            "e/x",
        ],
    )
    def test_prefixes_and_positions_select_as_on_strings(self, store: Store, prefix: str) -> None:
        made = sorted(key for key in UNSORTED if key != "d/b")
        for key in made:
            store.write(key, [b"x"])
        for after in ["", *made, "d/", "d", "d/b/", "d/b/c0", "d/~", "zz", prefix, prefix + "~", prefix[:-1]]:
            expected = [key for key in made if key.startswith(prefix) and key > after]
            assert keys(store, prefix, after) == expected, (prefix, after)

    def test_the_first_listed_is_the_least(self, store: Store) -> None:
        for number in (5, 3, 9):
            store.create(f"refs/a/r{number}~,r9", b"x" * number)
        first = next(iter(store.scan("refs/a/")))
        assert (first.key, first.size) == ("refs/a/r3~,r9", 3)

    def test_a_listing_can_be_continued_from_any_key(self, store: Store) -> None:
        made = [f"refs/a/{number:04}" for number in range(50)]
        for key in made:
            store.create(key, b"")
        collected: list[str] = []
        while page := [
            entry.key
            for entry, _ in zip(store.scan("refs/", (collected or [""])[-1]), range(7), strict=False)
        ]:
            collected += page
        assert collected == made

    def test_listings_longer_than_a_page_are_complete(self, store: Store) -> None:
        made = [f"refs/a/{number:05}" for number in range(self.page * 11 // 10 + 5)]
        for key in made:
            store.create(key, b"x")
        assert keys(store) == made
        behind = f"refs/a/{self.page:05}"[:-1]
        assert keys(store, behind) == [key for key in made if key.startswith(behind)] != []

    def test_what_stays_is_listed_while_others_come_and_go(self, store: Store) -> None:
        count = min(40, self.page)
        staying = [f"refs/{folder}/{number:03}" for folder in "abc" for number in range(count)]
        for key in staying:
            store.create(key, b"stays")
        done = threading.Event()

        def disturb() -> bool:
            for number in range(count * 3 // 2):
                key = f"refs/{'abcd'[number % 4]}/{number % count:03}x"
                store.create(key, b"goes")
                store.remove(key)
                store.write(staying[number * 7 % len(staying)], [b"stays"])
            done.set()
            return True

        def scan() -> bool:
            while not done.is_set():
                seen = list(store.scan("refs/"))
                order = [entry.key for entry in seen]
                if order != sorted(set(order)) or not set(staying) <= set(order):
                    return False
                if any(entry.size != 5 for entry in seen if entry.key in staying):
                    return False
            return True

        assert together([disturb, scan, scan]) == [True, True, True]

    def test_a_listing_outlives_the_removal_of_what_it_has_not_reached(self, store: Store) -> None:
        for number in range(20):
            store.create(f"refs/{number // 5}/{number:02}", b"x")
        listing = store.scan("refs/")
        seen = [next(listing).key]
        for number in range(1, 19):
            store.remove(f"refs/{number // 5}/{number:02}")
        seen += [entry.key for entry in listing]
        assert seen == sorted(set(seen))
        assert {"refs/0/00", "refs/3/19"} <= set(seen)

    def test_a_listing_may_be_left_unfinished(self, store: Store) -> None:
        for number in range(5):
            store.create(f"a/{number}", b"x")
        for _ in range(50):
            assert isinstance(next(iter(store.scan("a/"))), Entry)
        store.remove("a/0")
        assert keys(store, "a/") == ["a/1", "a/2", "a/3", "a/4"]

    # keys

    @pytest.mark.parametrize(
        "key", ["", "/", "/etc/x", "../x", "a/../b", "a/..", "a//b", "a/", "./a", "a/./b", "é", "a\0", "a\n"]
    )
    def test_what_is_not_a_key_is_refused_by_every_verb(self, store: Store, key: str) -> None:
        calls: list[Callable[[], object]] = [
            lambda: store.read(key),
            lambda: store.read_into(key, 0, [memoryview(bytearray(1))]),
            lambda: store.stat(key),
            lambda: store.write(key, [b"x"]),
            lambda: store.create(key, b"x"),
            lambda: store.remove(key),
        ]
        for call in calls:
            with pytest.raises(InvalidInput):
                call()
        assert keys(store) == []

    @pytest.mark.parametrize("prefix", ["/", "../", "a/../b", "a//b", "./"])
    def test_no_prefix_leads_out_of_the_store(self, store: Store, prefix: str) -> None:
        with pytest.raises(InvalidInput):
            list(store.scan(prefix))

    def test_keys_are_told_apart_by_every_byte(self, store: Store) -> None:
        made = sorted(f"refs/a{char}b/c" for char in "!#$%&'()+,-.0=@[]^_`a{}~")
        for key in made:
            assert store.create(key, key.encode())
        assert keys(store, "refs/") == made
        assert [store.read(key) for key in made] == [key.encode() for key in made]
