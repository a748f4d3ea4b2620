"""Which bucket and prefix a URL names, and what is no bucket."""

from __future__ import annotations

import pytest
from servers.s3 import KEYS

from casreg.errors import (
    InvalidInput,
    Unsupported,
)
from casreg.stores.locate import locate
from casreg.stores.s3 import S3Store


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("place", "prefix", "url"),
    [
        ("s3://{}", "", "s3://{}"),
        ("s3://{}/", "", "s3://{}"),
        ("S3://{}/a/b//", "a/b/", "s3://{}/a/b"),
        ("s3://{}/a%20b", "a%20b/", "s3://{}/a%20b"),
    ],
)
def test_urls_name_bucket_and_prefix(bucket: str, place: str, prefix: str, url: str) -> None:
    store = locate(place.format(bucket), create=True, durability="fsync")
    assert isinstance(store, S3Store)
    assert (store.prefix, store.url, store.local) == (prefix, url.format(bucket), False)
    store.write("x", [b"1"])
    assert [entry.key for entry in store.scan("")] == ["x"]
    store.close()


@pytest.mark.parametrize(
    "place",
    ["s3://", "s3:///x", "s3://bu cket", "s3://b/../x", "s3://b/a//b", "s3://key:hush@b", "s3://h:9/b"],
)
def test_what_is_no_bucket_is_refused_without_being_shown(place: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        locate(place, create=True, durability="fsync")
    assert "hush" not in str(raised.value)


def test_directory_buckets_are_refused_by_name() -> None:
    with pytest.raises(Unsupported, match="directory bucket"):
        S3Store("models--usw2-az1--x-s3", **KEYS)
