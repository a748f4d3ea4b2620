"""Backends by the names that programs know which were written for mindtrace-registry.

Each is the store that it names: ``Registry(LocalRegistryBackend("~/models"))`` and ``Registry("~/models")``
are one. ``max_workers`` and ``lock_timeout`` are taken and mean nothing here: threads are as many as pay off,
and no lock is ever taken.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from casreg.errors import InvalidInput
from casreg.registry import elsewhere
from casreg.stores.local import LocalStore
from casreg.stores.locate import bucket_and_prefix, directory
from casreg.stores.protocol import Store
from casreg.stores.s3 import S3Store

RegistryBackend = Store
"""What all backends are."""


class LocalRegistryBackend(LocalStore):
    """A directory, by its path or ``file://`` URL; made if it is not there.

    Keywords of mindtrace-registry for its logging and configuration are passed by.
    """

    def __init__(
        self,
        uri: str | Path,
        lock_timeout: float | None = None,
        *,
        durability: str = "fsync",
        **others: Any,
    ) -> None:
        elsewhere.pass_by(others, ("uri", "durability", "lock_timeout"), "LocalRegistryBackend")
        opened = LocalStore.open(directory(uri), create=True, durability=durability)
        super().__init__(opened.root, durability=durability)

    @property
    def uri(self) -> Path:
        return self.root


class S3RegistryBackend(S3Store):
    """A bucket that exists, at Amazon or at ``endpoint``, ``host:port`` or a URL.

    ``bucket`` and ``prefix``, or both as ``uri="s3://bucket/prefix"``; any other ``uri`` means nothing here.
    ``secure``: whether an endpoint without a scheme is asked by https. Keys and region that are not
    given come from boto3's own chain: environment, profile, role.
    """

    def __init__(
        self,
        uri: str | Path | None = None,
        *,
        endpoint: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        bucket: str | None = None,
        secure: bool = True,
        prefix: str = "",
        max_workers: int = 4,
        lock_timeout: float | None = None,
        region: str | None = None,
        session_token: str | None = None,
        profile: str | None = None,
    ) -> None:
        if bucket is None and isinstance(uri, str) and uri.startswith("s3://"):
            bucket, prefix = bucket_and_prefix(uri)
        if not bucket:
            raise InvalidInput("a bucket is needed: give bucket=, or uri='s3://bucket/prefix'")
        if endpoint and "://" not in endpoint:
            endpoint = f"{'https' if secure else 'http'}://{endpoint}"
        super().__init__(
            bucket,
            prefix,
            endpoint=endpoint,
            region=region,
            access_key=access_key,
            secret_key=secret_key,
            session_token=session_token,
            profile=profile,
        )

    @property
    def uri(self) -> str:
        return self.url


MinioRegistryBackend = S3RegistryBackend
