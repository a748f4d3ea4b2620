"""Listings: their pages, and what is refused of a server."""

from __future__ import annotations

import pytest
from servers.scripted import Scripted, page

from casreg.errors import (
    Unsupported,
)
from casreg.stores.s3 import S3Store


def test_the_first_entry_costs_one_small_page(told: S3Store, scripted: Scripted) -> None:
    scripted.always = page(["p/refs/b", "p/refs/c"], "more")
    assert next(told.scan("refs", "refs/a")).key == "refs/b"
    (asked,) = scripted.asked
    assert "max-keys=100&" in asked.path + "&"
    assert "start-after=p%2Frefs%2Fa" in asked.path
    assert "prefix=p%2Frefs" in asked.path


def test_pages_after_the_first_are_large_and_may_be_empty(told: S3Store, scripted: Scripted) -> None:
    scripted.answers = [page(["p/a"], "one"), page([], "two"), page(["p/b"])]
    assert [entry.key for entry in told.scan("")] == ["a", "b"]
    assert ["max-keys=1000" in asked.path for asked in scripted.asked] == [False, True, True]
    assert "continuation-token=two" in scripted.asked[2].path


def test_folders_that_a_console_made_are_no_objects(told: S3Store, scripted: Scripted) -> None:
    scripted.always = page(["p/", "p/refs/", "p/refs/a"])
    assert [entry.key for entry in told.scan("")] == ["refs/a"]


@pytest.mark.parametrize("keys", [["p/b", "p/a"], ["p/a", "p/a"]])
def test_listings_out_of_order_are_refused(told: S3Store, scripted: Scripted, keys: list[str]) -> None:
    scripted.always = page(keys)
    with pytest.raises(Unsupported, match="order"):
        list(told.scan(""))


def test_a_server_that_ignores_where_to_start_is_refused(told: S3Store, scripted: Scripted) -> None:
    scripted.always = page(["p/a", "p/b"])
    with pytest.raises(Unsupported, match="order"):
        list(told.scan("", "a"))
