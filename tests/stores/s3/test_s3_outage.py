"""Servers that fail, stop, or are not there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servers.process import free_port
from servers.s3 import KEYS
from servers.scripted import Scripted, page, refusal
from verbs import every_verb

from casreg.errors import (
    Unavailable,
    Uncertain,
)
from casreg.stores.s3 import S3Store


def test_where_nothing_listens_every_verb_is_unavailable() -> None:
    store = S3Store("bucket", endpoint=f"http://127.0.0.1:{free_port()}", **KEYS)
    for call in every_verb(store).values():
        with pytest.raises(Unavailable, match=r"s3://bucket at http://127\.0\.0\.1") as raised:
            call()
        assert not isinstance(raised.value, Uncertain)


def test_a_server_that_stops_is_unavailable_from_then_on() -> None:
    with Scripted() as server:
        store = S3Store("bucket", endpoint=server.endpoint, _pages=(1, 1), **KEYS)
        server.always = replace(page(["a/0"], more="next"), headers={"Connection": "close"})
        listing = store.scan("a/")
        assert next(listing).key == "a/0"
    with pytest.raises(Unavailable):
        list(listing)
    for call in every_verb(store).values():
        with pytest.raises(Unavailable):
            call()
    store.close()


def test_failures_of_the_server_are_tried_four_times_and_then_unavailable(
    told: S3Store, scripted: Scripted
) -> None:
    scripted.always = refusal(500, "InternalError")
    with pytest.raises(Unavailable, match="InternalError"):
        told.read("a")
    assert len(scripted.asked) == 4
