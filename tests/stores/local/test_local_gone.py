"""A directory that is not there any more."""

from __future__ import annotations

import shutil

import pytest
from localdisk import VERBS, every_verb, files

from casreg.errors import (
    Unavailable,
)
from casreg.stores.local import LocalStore


@pytest.mark.parametrize("verb", VERBS)
def test_a_vanished_directory_is_unavailable_and_stays_away(store: LocalStore, verb: str) -> None:
    store.create("refs/a/1", b"x")
    shutil.rmtree(store.root)
    with pytest.raises(Unavailable, match="the directory of the store is gone") as raised:
        every_verb(store)[verb]()
    assert str(store.root) in str(raised.value)
    assert not store.root.exists()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("by", ["directory", "file"])
def test_a_replaced_directory_is_unavailable_and_untouched(store: LocalStore, verb: str, by: str) -> None:
    store.create("refs/a/1", b"x")
    store.root.rename(store.root.with_name("moved"))
    if by == "directory":
        store.root.mkdir()
    else:
        store.root.write_bytes(b"")
    with pytest.raises(Unavailable, match="the directory of the store is"):
        every_verb(store)[verb]()
    assert files(store.root) == []
    assert files(store.root.with_name("moved")) == ["refs/a/1"]


def test_a_directory_that_comes_back_is_the_store_again(store: LocalStore) -> None:
    store.create("refs/a", b"x")
    store.root.rename(store.root.with_name("away"))
    with pytest.raises(Unavailable):
        store.read("refs/a")
    store.root.with_name("away").rename(store.root)
    assert store.read("refs/a") == b"x"


def test_a_listing_whose_directory_vanishes_does_not_just_end(store: LocalStore) -> None:
    for number in range(5):
        store.create(f"refs/{number}", b"x")
    listing = store.scan("refs/")
    next(listing)
    shutil.rmtree(store.root)
    with pytest.raises(Unavailable, match="gone"):
        list(listing)
