"""A backend for what the user calls a store: a path or a URL."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from casreg.errors import InvalidInput, Unsupported
from casreg.stores.local import LocalStore
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Store

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def locate(place: str | Path, *, create: bool, durability: str) -> Store:
    """``/a/path``, ``file:///a/path``, ``memory://``, ``memory://name`` (one per process and name),
    ``s3://bucket/prefix`` (endpoint and credentials as boto3 finds them).

    Raises StoreNotFound for a directory that is not there, unless ``create``. A bucket is never made;
    a missing one shows at the first request. ``durability`` is for directories.
    """
    scheme = _scheme(place)
    if isinstance(place, str) and scheme == "memory":
        name = place.partition("://")[2]
        return MemoryStore.named(name) if name else MemoryStore()
    if isinstance(place, str) and scheme == "s3":
        from casreg.stores.s3 import S3Store

        return S3Store(*bucket_and_prefix(place))
    if scheme not in ("", "file"):
        raise Unsupported(
            f"casreg has no backend for {scheme}://: give a path, memory:// or s3://bucket/prefix",
            scheme=scheme,
        )
    return LocalStore.open(directory(place), create=create, durability=durability)


def directory(place: str | Path) -> Path:
    """The path that a path, or a ``file://`` URL, means. Raises InvalidInput."""
    if scheme := _scheme(place):
        url = urlsplit(str(place))
        if scheme != "file":
            raise InvalidInput(f"{scheme}:// is no directory: give a path or file:///path")
        if url.netloc not in ("", "localhost"):
            raise InvalidInput(f"file://{url.netloc} names another host: write file:///path")
        place = unquote(url.path)
    if not str(place):
        raise InvalidInput("the path of a store is empty")
    return Path(place).expanduser()


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """Of ``s3://bucket/prefix``. Raises InvalidInput."""
    bucket, _, prefix = url.partition("://")[2].partition("/")
    if "@" in bucket or ":" in bucket:
        # Not shown: it may be a password.
        raise InvalidInput("write s3://bucket/prefix: keys and endpoints come from environment or profile")
    return bucket, prefix


def _scheme(place: str | Path) -> str:
    """Empty for a path."""
    match = _SCHEME.match(place) if isinstance(place, str) else None
    return match[1].lower() if match else ""
