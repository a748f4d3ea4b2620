"""The client: boto3 only where it is needed, what it is told, and whose it is."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from servers.process import Server
from servers.s3 import KEYS, client
from servers.scripted import Answer, Scripted

from casreg.errors import (
    InvalidInput,
)
from casreg.stores.probe import probe
from casreg.stores.s3 import S3Store


def test_boto3_is_loaded_only_for_a_store_in_s3() -> None:
    code = "import sys, casreg.stores.s3, casreg.stores.locate; print('boto3' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_without_boto3_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['boto3'] = None\n"
        "from casreg import Registry\n"
        "try: Registry('s3://bucket/x')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("Unsupported ")
    assert "casreg[s3]" in said


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"ProfileNotFound.*nobody"):
        S3Store("bucket", profile="nobody")


@pytest.mark.parametrize("endpoint", ["http://me:hush@127.0.0.1:1", "not a url", "http://127.0.0.1:hush"])
def test_endpoints_that_are_none_or_hold_a_password_are_refused_without_being_shown(endpoint: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        S3Store("bucket", endpoint=endpoint, **KEYS)
    assert "hush" not in "".join(map(str, (raised.value, raised.value.fields)))


def test_the_probe_passes_on_a_given_client_and_leaves_the_client_open(
    s3_server: Server, bucket: str
) -> None:
    shared = client(s3_server)
    store = S3Store(bucket, client=shared)
    probe(store)
    store.close()
    assert shared.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    shared.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # the server's thread is idle
def test_a_child_process_makes_connections_of_its_own(told: S3Store, scripted: Scripted) -> None:
    scripted.always = Answer(200, b"x")
    told.read("a")
    child = os.fork()
    if not child:
        try:
            os._exit(0 if told.read("a") == b"x" else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    told.read("a")
    first, theirs, last = (asked.peer for asked in scripted.asked)
    assert first == last != theirs
