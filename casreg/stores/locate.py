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
    if isinstance(place, str) and (match := _SCHEME.match(place)):
        scheme = match[1].lower()
        if scheme == "memory":
            name = place[match.end() :]
            return MemoryStore.named(name) if name else MemoryStore()
        if scheme == "s3":
            return _s3(place[match.end() :])
        if scheme != "file":
            raise Unsupported(
                f"casreg has no backend for {scheme}://: give a path, memory:// or s3://bucket/prefix",
                scheme=scheme,
            )
        url = urlsplit(place)
        if url.netloc not in ("", "localhost"):
            raise InvalidInput(f"file://{url.netloc} names another host: write file:///path")
        place = unquote(url.path)
    if not str(place):
        raise InvalidInput("the path of a store is empty")
    return LocalStore.open(Path(place).expanduser(), create=create, durability=durability)


def _s3(place: str) -> Store:
    from casreg.stores.s3 import S3Store

    bucket, _, prefix = place.partition("/")
    if "@" in bucket or ":" in bucket:
        # Not shown: it may be a password.
        raise InvalidInput("write s3://bucket/prefix: keys and endpoints come from environment or profile")
    return S3Store(bucket, prefix)
