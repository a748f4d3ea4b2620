"""Stores in S3: on moto, which keeps objects, and on a server that answers as a test tells it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from servers import s3 as servers
from servers.process import Server
from servers.s3 import KEYS
from servers.scripted import Scripted

from casreg.stores.s3 import S3Store

# Fixtures, taken over by name.
no_aws_of_the_user = servers.no_aws_of_the_user
s3_server = servers.s3_server
bucket = servers.bucket
script_server = servers.script_server
scripted = servers.scripted


@pytest.fixture(scope="session")
def moto_client(s3_server: Server) -> Iterator[Any]:
    """The client that a store makes for itself, made once for many stores."""
    made = S3Store("bucket", endpoint=s3_server.endpoint, **KEYS)
    yield made._client
    made.close()


@pytest.fixture(scope="session")
def script_client(script_server: Scripted) -> Iterator[Any]:
    made = S3Store("bucket", endpoint=script_server.endpoint, **KEYS)
    yield made._client
    made.close()


@pytest.fixture
def store(s3_server: Server, bucket: str) -> Iterator[S3Store]:
    store = S3Store(bucket, endpoint=s3_server.endpoint, **KEYS)
    yield store
    store.close()


@pytest.fixture
def told(scripted: Scripted, script_client: Any) -> Iterator[S3Store]:
    """A store on the server that answers by script."""
    store = S3Store("bucket", "p", client=script_client)
    yield store
    store.close()


@pytest.fixture
def environment(s3_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a user of another server than Amazon's sets."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_server.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS["access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS["secret_key"])
