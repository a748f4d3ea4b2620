"""Keys: what is none, and what tells them apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from casreg.errors import InvalidInput
from casreg.stores.protocol import Store
from casreg.testing.suite.shared import keys


class Naming:
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
