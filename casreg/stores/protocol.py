"""What a backend supplies: six verbs over keys, and nothing else.

Keys are ASCII, ``/``-separated, relative, without empty, ``.`` or ``..`` segments; every key is made
by the layers above, never taken from a user. Keys sort by their bytes.

What every store promises (proved by :class:`casreg.testing.StoreSuite`):

- ``create`` is atomic, and linearizable with ``read``, ``stat`` and ``scan``;
- what existed before a ``scan`` began and until its end is listed; a scan need not be atomic;
- after ``remove`` has returned, neither ``read`` nor ``scan`` shows the key;
- a reader sees an object whole or not at all, never half of it;
- with durability ``"fsync"`` what ``write`` and ``create`` have acknowledged outlives a power cut;
- time stamps come from one clock, the store's.

A store may be used from many threads at once. Foreign exceptions never leave it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from casreg.errors import Corrupt

Buffer: TypeAlias = bytes | bytearray | memoryview
"""Contiguous bytes; memoryviews are of format ``B``."""


class Entry(NamedTuple):
    """One stored object, as a listing shows it."""

    key: str
    size: int
    modified: float
    """Seconds since the epoch, by the store's clock."""


class Store(ABC):
    """The six verbs. Subclasses may also override :meth:`read_into` with something faster."""

    url: str
    """Where the store is, for people and error texts; never holds a secret."""

    local: bool = False
    """True if bytes reach us without crossing a network (DESIGN: verify level ``integrity``)."""

    durable: bool = True
    """False if what was acknowledged may be lost in a power cut (``durability="none"``)."""

    @abstractmethod
    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        """The bytes ``start:stop`` of an object, sliced as Python slices: short when it ends before.

        Raises BlobNotFound if there is no such object.
        """

    @abstractmethod
    def stat(self, key: str) -> Entry | None:
        """Size and time of one object, None if there is none."""

    @abstractmethod
    def write(self, key: str, data: Sequence[Buffer]) -> None:
        """Put the concatenation of ``data`` under ``key``, replacing what was there, atomically.

        Idempotent: after any error it may be called again. Meant for keys that only their writer
        names: blobs, which are named by digest, and a writer's own lease.
        """

    @abstractmethod
    def create(self, key: str, data: Buffer) -> bool:
        """Put ``data`` under ``key`` if no object is there; True if this call did, False if one was.

        Atomic: of any number of callers exactly one gets True. Raises Uncertain when the answer was
        lost and the object may or may not have been created. There is no fallback for a store that
        cannot do this.
        """

    @abstractmethod
    def remove(self, key: str) -> None:
        """Take the object away; that there is none is success. Idempotent."""

    @abstractmethod
    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        """All objects whose key starts with ``prefix`` and sorts after ``after``, in key order.

        ``prefix`` is a plain string prefix: ``refs/a/1,`` is as good as ``refs/a/``. Lazy: a caller
        that stops after the first entry costs one request.
        """

    def read_into(self, key: str, start: int, destinations: Sequence[memoryview]) -> None:
        """Fill ``destinations`` one after the other with the object's bytes from ``start`` on.

        Raises BlobNotFound as ``read`` does, and Corrupt if the object ends too early.
        """
        wanted = sum(len(d) for d in destinations)
        data = memoryview(self.read(key, start, start + wanted))
        if len(data) != wanted:
            raise ended_early(self, key, start, wanted, len(data))
        at = 0
        for destination in destinations:
            destination[:] = data[at : at + len(destination)]
            at += len(destination)

    def flush(self, key: str) -> None:  # noqa: B027 - in most stores what is there is durable
        """Give an object, whoever wrote it, the durability that this store's own writes have.

        The object must be there; where there is something to be done, BlobNotFound if it is not.
        """

    def close(self) -> None:  # noqa: B027 - most stores hold nothing
        """Let go of connections and handles. The store must not be used afterwards."""


def ended_early(store: Store, key: str, start: int, wanted: int, got: int) -> Corrupt:
    """The error for an object shorter than its descriptor or index says."""
    return Corrupt(
        f"{key} ends at byte {start + got}, where {wanted - got} more were expected",
        store=store.url,
        key=key,
        offset=start + got,
    )
