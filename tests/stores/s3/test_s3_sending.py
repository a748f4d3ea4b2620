"""What goes over the wire with a write."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from servers.scripted import Answer, Scripted, refusal

from casreg.errors import (
    InvalidInput,
)
from casreg.stores import s3
from casreg.stores.s3 import S3Store


def test_an_object_is_sent_plain_with_its_sha256(told: S3Store, scripted: Scripted) -> None:
    data = [b"a" * 300_000, memoryview(b"b" * 5), bytearray(b"c" * 70_000)] * 3
    told.write("packs/x", data)
    told.create("refs/x", b"small")
    large, small = scripted.asked
    assert large.body == b"".join(data)
    assert small.body == b"small"
    for asked in scripted.asked:
        assert asked.headers["x-amz-checksum-sha256"] == b64(hashlib.sha256(asked.body).digest())
        assert asked.headers["content-length"] == str(len(asked.body))
        assert not {"x-amz-trailer", "content-encoding", "transfer-encoding"} & set(asked.headers)
    assert small.headers["if-none-match"] == "*"
    assert "if-none-match" not in large.headers


def test_a_blobs_checksum_is_the_one_in_its_key(told: S3Store, scripted: Scripted) -> None:
    told.write(f"blobs/sha256/{'ab' * 32}", [b"not what the key says"])
    assert scripted.asked[0].headers["x-amz-checksum-sha256"] == b64(bytes.fromhex("ab" * 32))


def test_a_write_is_tried_again_from_its_beginning(told: S3Store, scripted: Scripted) -> None:
    data = [b"1" * 200_000, b"2" * 200_000]
    scripted.answers = [refusal(500, "InternalError"), Answer(reset=True)]
    told.write("a", data)
    assert [asked.body == b"".join(data) for asked in scripted.asked] == [True] * 3


def test_more_than_one_put_takes_is_refused(told: S3Store, scripted: Scripted, monkeypatch: Any) -> None:
    monkeypatch.setattr(s3, "LARGEST", 1000)
    for write in (lambda: told.write("a", [b"x" * 600] * 2), lambda: told.create("a", b"x" * 1001)):
        with pytest.raises(InvalidInput, match="1000 in one PUT"):
            write()
    assert scripted.asked == []


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
