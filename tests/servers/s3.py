"""Servers that speak S3: moto, which keeps objects, and one that answers as a test tells it."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from servers.process import Server, free_port, missing, running
from servers.scripted import Scripted

KEYS = {"access_key": "AKIDEXAMPLE", "secret_key": "a-secret-that-nobody-may-see", "region": "us-east-1"}


@pytest.fixture(autouse=True)
def no_aws_of_the_user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds credentials, endpoints or profiles of whoever runs it, nor asks for a role."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    nowhere = str(tmp_path_factory.getbasetemp() / "no-aws")
    monkeypatch.setenv("AWS_CONFIG_FILE", nowhere)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", nowhere)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@contextmanager
def moto_server(log: Path) -> Iterator[Server]:
    """A moto of its own: it keeps objects in memory, asks for no key and believes every checksum."""
    if find_spec("moto") is None or find_spec("flask") is None:
        missing("moto", "pip install 'moto[server]'")
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name("moto_atomic.py")), str(port)]
    with running(command, port, log) as server:
        yield server


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The moto of this test process; start one bucket per test in it."""
    with moto_server(tmp_path_factory.mktemp("moto") / "log") as server:
        yield server


@pytest.fixture
def bucket(s3_server: Server) -> str:
    """A new bucket."""
    return new_bucket(s3_server)


@pytest.fixture(scope="session")
def script_server() -> Iterator[Scripted]:
    with Scripted() as server:
        yield server


@pytest.fixture
def scripted(script_server: Scripted) -> Scripted:
    """A server that gives the answers a test lays out and remembers what it was asked."""
    script_server.forget()
    return script_server


def client(server: Server | Scripted, **more: Any) -> Any:
    """A client of boto3's with its own defaults; it takes a tenth of a second to make."""
    import boto3

    return boto3.session.Session().client(
        "s3",
        endpoint_url=server.endpoint,
        region_name=KEYS["region"],
        aws_access_key_id=KEYS["access_key"],
        aws_secret_access_key=KEYS["secret_key"],
        **more,
    )


def new_bucket(server: Server) -> str:
    name = f"test-{secrets.token_hex(8)}"
    # moto asks for no signature.
    urlopen(Request(f"{server.endpoint}/{name}", method="PUT"), timeout=30).close()
    return name
