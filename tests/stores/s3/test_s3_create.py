"""Conditional creates: what each answer of a server means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from servers.s3 import client
from servers.scripted import Answer, Scripted, refusal

from casreg.errors import (
    CasregError,
    Corrupt,
    Denied,
    NoSpace,
    StoreNotFound,
    Unavailable,
    Uncertain,
    Unsupported,
)
from casreg.stores.s3 import S3Store


@pytest.fixture(scope="session", params=["own", "given", "given, legacy"])
def any_client(request: pytest.FixtureRequest, script_server: Scripted, script_client: Any) -> Iterator[Any]:
    from botocore.config import Config

    if request.param == "own":
        yield script_client
        return
    mode = "legacy" if "legacy" in request.param else "standard"
    given = client(script_server, config=Config(retries={"mode": mode, "total_max_attempts": 5}))
    yield given
    given.close()


@pytest.fixture
def creator(any_client: Any, scripted: Scripted) -> Iterator[S3Store]:
    """Whatever the client was told about retries, a create is one attempt."""
    store = S3Store("bucket", client=any_client)
    yield store
    store.close()


@pytest.mark.parametrize(
    "answer",
    [refusal(500, "InternalError"), refusal(503, "SlowDown"), Answer(504), Answer(reset=True)],
    ids=["500", "503", "504", "reset"],
)
def test_a_lost_answer_is_uncertain_and_not_asked_again(
    creator: S3Store, scripted: Scripted, answer: Answer
) -> None:
    scripted.answers = [answer]
    with pytest.raises(Uncertain, match="no answer whether") as raised:
        creator.create("a", b"x")
    assert raised.value.key == "a"
    assert len(scripted.asked) == 1


def test_a_failed_precondition_means_somebody_was_first(creator: S3Store, scripted: Scripted) -> None:
    scripted.answers = [refusal(412, "PreconditionFailed")]
    assert creator.create("a", b"x") is False
    assert len(scripted.asked) == 1


def test_a_conflict_is_asked_again_until_decided(creator: S3Store, scripted: Scripted) -> None:
    conflict = refusal(409, "ConditionalRequestConflict")
    scripted.answers = [conflict, conflict, Answer()]
    assert creator.create("a", b"x" * 300_000) is True
    scripted.answers = [conflict, refusal(412, "PreconditionFailed")]
    assert creator.create("a", b"x") is False
    assert [len(asked.body) for asked in scripted.asked] == [300_000] * 3 + [1] * 2


def test_a_conflict_without_end_is_unavailable(creator: S3Store, scripted: Scripted) -> None:
    scripted.always = refusal(409, "ConditionalRequestConflict")
    with pytest.raises(Unavailable, match="ConditionalRequestConflict"):
        creator.create("a", b"x")
    assert len(scripted.asked) == 8


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(501, "NotImplemented"), Unsupported),
        (refusal(403, "AccessDenied"), Denied),
        (refusal(404, "NoSuchBucket"), StoreNotFound),
        (refusal(400, "BadDigest"), Corrupt),
        (refusal(429, "TooManyRequests"), Unavailable),
        (refusal(507, "XMinioStorageFull"), NoSpace),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
def test_a_refused_create_had_no_effect(
    creator: S3Store, scripted: Scripted, answer: Answer, kind: type[CasregError]
) -> None:
    scripted.answers = [answer]
    with pytest.raises(kind):
        creator.create("a", b"x")
    assert len(scripted.asked) == 1
