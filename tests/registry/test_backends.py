"""Backends by the names of mindtrace-registry."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from casreg import (
    InvalidInput,
    LocalRegistryBackend,
    MinioRegistryBackend,
    Registry,
    RegistryBackend,
    S3RegistryBackend,
    Unavailable,
)
from casreg.stores.protocol import Store


def test_a_local_backend_is_the_directory_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    backend = LocalRegistryBackend("~/models", lock_timeout=5)
    assert backend.uri == tmp_path / "models"
    assert isinstance(backend, RegistryBackend)
    registry = Registry(backend, version_objects=True)
    registry["a"] = 1
    assert registry.backend is backend
    assert Registry(tmp_path / "models")["a"] == 1
    assert Registry(LocalRegistryBackend(uri=f"file://{tmp_path}/models"))["a"] == 1
    assert pickle.loads(pickle.dumps(registry))["a"] == 1


@pytest.mark.parametrize("uri", ["s3://bucket", "", "file://elsewhere/x"])
def test_a_local_backend_is_no_other_place(uri: str) -> None:
    with pytest.raises(InvalidInput):
        LocalRegistryBackend(uri)


@pytest.mark.parametrize("backend", [7, 1.5, b"x", ["a"], object()])
def test_what_is_no_backend_is_a_value_error(backend: Any) -> None:
    with pytest.raises(ValueError, match="a path, a URL or a store"):
        Registry(backend)


def test_a_bucket_is_named_one_way_or_the_other() -> None:
    given: Any = {"access_key": "user", "secret_key": "very-secret", "region": "eu-west-1"}
    named = S3RegistryBackend(
        "/tmp/ignored", endpoint="localhost:1", bucket="models", prefix="team/a", secure=False, **given
    )
    assert (named.url, named.uri) == ("s3://models/team/a", "s3://models/team/a")
    assert named._shared.meta.endpoint_url == "http://localhost:1"
    assert MinioRegistryBackend("s3://models/team/a", **given).url == named.url
    assert S3RegistryBackend(bucket="models", endpoint="localhost:1", **given)._shared.meta.endpoint_url == (
        "https://localhost:1"
    )
    with pytest.raises(InvalidInput, match="bucket="):
        S3RegistryBackend(endpoint="localhost:1", **given)
    assert isinstance(named, Store)
    sent = pickle.loads(pickle.dumps(named))
    assert (sent.url, sent._shared.meta.endpoint_url) == (named.url, "http://localhost:1")
    assert "very-secret" not in repr(named) + repr(sent) + str(vars(sent).get("url"))


def test_a_server_that_is_not_there_is_unavailable_and_shows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    backend = MinioRegistryBackend(
        endpoint="localhost:1",
        access_key="user",
        secret_key="very-secret",
        bucket="models",
        secure=False,
        region="x",
    )
    with pytest.raises(Unavailable) as raised:
        backend.stat("a")
    assert "very-secret" not in str(raised.value)
