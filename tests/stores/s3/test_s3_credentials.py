"""Bad credentials say what to look at; good ones are shown nowhere."""

from __future__ import annotations

import pickle
import traceback

import pytest
from servers.s3 import KEYS
from servers.scripted import Scripted, refusal
from verbs import every_verb

from casreg.errors import (
    Denied,
)
from casreg.stores.s3 import S3Store


def test_no_credentials_at_all_are_denied(scripted: Scripted) -> None:
    store = S3Store("bucket", endpoint=scripted.endpoint)
    for call in every_verb(store).values():
        with pytest.raises(Denied, match=r"NoCredentialsError.*check the access key"):
            call()
    assert scripted.asked == []


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"])
def test_bad_credentials_are_denied_with_what_to_look_at(
    told: S3Store, scripted: Scripted, code: str
) -> None:
    scripted.always = refusal(403 if code != "ExpiredToken" else 400, code)
    with pytest.raises(Denied, match=f"{code}.*check the access key"):
        told.read("a")


def test_secrets_are_in_no_text(told: S3Store, scripted: Scripted) -> None:
    scripted.always = refusal(403, "SignatureDoesNotMatch")
    shown = [repr(told), told.url]
    for call in every_verb(told).values():
        with pytest.raises(Denied) as raised:
            call()
        shown += [*traceback.format_exception(raised.value), repr(raised.value), str(raised.value.fields)]
        shown.append(str(pickle.dumps(raised.value)))
    assert not any(KEYS["secret_key"] in text for text in shown)
