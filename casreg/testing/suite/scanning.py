"""Listings: complete, in order, lazy."""

from __future__ import annotations

import threading

import pytest

from casreg.stores.protocol import Entry, Store
from casreg.testing.suite.shared import UNSORTED, keys
from casreg.testing.together import together


class Scanning:
    page = 1000
    """Entries that one request of a listing brings at most."""

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
