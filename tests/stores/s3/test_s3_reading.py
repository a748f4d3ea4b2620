"""Reading what servers really send."""

from __future__ import annotations

import pytest
from servers.scripted import Answer, Scripted

from casreg.errors import (
    BlobNotFound,
    Unavailable,
    Unsupported,
)
from casreg.stores.s3 import S3Store


def test_a_body_that_is_cut_off_is_unavailable_and_not_corrupt(told: S3Store, scripted: Scripted) -> None:
    scripted.always = Answer(206, b"x" * 1000, reset=True)
    with pytest.raises(Unavailable):
        told.read("a")
    with pytest.raises(Unavailable):
        told.read_into("a", 0, [memoryview(bytearray(1000))])


def test_a_server_without_ranges_is_refused_where_it_would_matter(told: S3Store, scripted: Scripted) -> None:
    scripted.always = Answer(200, b"0123456789")
    assert told.read("a", 0, 4) == b"0123"
    with pytest.raises(Unsupported, match="range"):
        told.read("a", 2, 4)
    with pytest.raises(Unsupported, match="range"):
        told.read_into("a", 2, [memoryview(bytearray(2))])


def test_stamps_are_the_servers_in_whole_seconds(store: S3Store) -> None:
    store.write("a", [b"x"])
    entry = store.stat("a")
    assert entry is not None
    assert entry.modified == int(entry.modified) > 1.7e9
    assert list(store.scan("")) == [entry]


def test_a_missing_object_in_a_bucket_that_is_there_is_missing(store: S3Store) -> None:
    assert store.stat("a") is None
    with pytest.raises(BlobNotFound):
        store.read("a", 0, 0)
