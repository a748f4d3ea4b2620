"""What ``stat`` tells."""

from __future__ import annotations

from itertools import pairwise

from casreg.stores.protocol import Store
from casreg.testing.suite.shared import BLOBS, KEYS


class Stats:
    def test_stat_gives_what_the_listing_gives(self, store: Store) -> None:
        written = {key: BLOBS.get(key, bytes(number)) for number, key in enumerate(KEYS)}
        for key, data in written.items():
            store.write(key, [data])
        entries = list(store.scan(""))
        assert [store.stat(entry.key) for entry in entries] == entries
        assert {entry.key: entry.size for entry in entries} == {
            key: len(data) for key, data in written.items()
        }

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
