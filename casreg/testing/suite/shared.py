"""What the tests of the suite share: keys and bytes."""

from __future__ import annotations

from hashlib import sha256

from casreg.stores.protocol import Store

MIB = 1 << 20

HEX = "0123456789abcdef" * 4

BLOBS = {f"blobs/sha256/{sha256(data).hexdigest()}": data for data in (b"", b"a blob")}
"""Blobs by key: stores may hold what they are given against the digest in it."""

KEYS = (
    "casreg.json",
    "settings/1",
    *BLOBS,
    "refs/det%2fyolo/r8~,r8",
    "refs/det%2fyolo/r8~,r9",
    "refs/det%2fyolo!/r8~,r9",
    "tags/det%2fyolo/prod,r9",
    f"leases/{HEX[:32]}",
    f"condemned/{HEX[:32]}",
    f"condemned/{HEX[:32]}.closed",
    f"condemned/{HEX[:32]}.wait",
)

UNSORTED = ("d/b", "d/a", "d.x", "d/b/c", "d0", "d-", "d/b,", "d/b0/z", "d/B", "e/x", "c", "d!/q", "d/b/d~")
"""Folders and files whose names sort differently with and without the slash behind a folder's."""


def keys(store: Store, prefix: str = "", after: str = "") -> list[str]:
    return [entry.key for entry in store.scan(prefix, after)]


def pattern(size: int) -> bytes:
    """Bytes in which pieces of round sizes that were swapped or shifted show: the period is a prime."""
    block = bytes(range(251))
    return (block * (size // len(block) + 1))[:size]
