"""Removal."""

from __future__ import annotations

from functools import partial

import pytest

from casreg.errors import BlobNotFound
from casreg.stores.protocol import Store
from casreg.testing.suite.shared import keys
from casreg.testing.together import together


class Removing:
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
