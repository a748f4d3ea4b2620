"""What a server refuses is the same error from every verb."""

from __future__ import annotations

from typing import Any

import pytest
from servers.scripted import Answer, Scripted, refusal
from verbs import VERBS, every_verb

from casreg.errors import (
    CasregError,
    Denied,
    StoreNotFound,
    Unsupported,
)
from casreg.stores.s3 import S3Store


def test_a_missing_bucket_is_a_missing_store_for_every_verb(moto_client: Any) -> None:
    store = S3Store("no-such-bucket", "x", client=moto_client)
    for call in every_verb(store).values():
        with pytest.raises(StoreNotFound, match="s3://no-such-bucket/x"):
            call()
    store.close()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(403, "AccessDenied"), Denied),
        (refusal(400, "InvalidRequest"), Unsupported),
        (refusal(501, "NotImplemented"), Unsupported),
    ],
    ids=["403", "400", "501"],
)
def test_a_refusal_is_the_same_error_from_every_verb(
    told: S3Store, scripted: Scripted, verb: str, answer: Answer, kind: type[CasregError]
) -> None:
    scripted.always = answer
    with pytest.raises(kind) as raised:
        every_verb(told)[verb]()
    assert raised.value.store == told.url
