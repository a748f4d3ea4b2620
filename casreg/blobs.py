"""The one door through which blobs come in."""

from __future__ import annotations

from casreg.digest import check_blob
from casreg.errors import BlobNotFound, Corrupt
from casreg.models.manifest import Descriptor
from casreg.models.ref import Ref
from casreg.stores.protocol import Store


class Blobs:
    """The blobs that one ref reaches: those inline in it, and the store's."""

    def __init__(self, store: Store, ref: Ref) -> None:
        self._store = store
        self._ref = ref
        self.local = store.local

    def read(self, descriptor: Descriptor, limit: int) -> bytes:
        """A whole blob of at most ``limit`` bytes, checked against its SHA-256 and size.

        Raises Corrupt if it is missing, too large, or not what its digest says.
        """
        if descriptor.size > limit:
            raise Corrupt(
                f"blob {descriptor.digest} is said to have {descriptor.size} bytes, {limit} at most"
            )
        data = self._ref.blob(descriptor)
        if data is None:
            try:
                data = self._store.read(descriptor.sha256.key, 0, descriptor.size + 1)  # a larger one is told
            except BlobNotFound as error:
                raise missing(descriptor, self._store.url) from error
        check_blob(data, descriptor.sha256, descriptor.size)
        return data

    def require_size(self, pack: Descriptor) -> None:
        """Raise Corrupt unless a pack is there and as large as its descriptor says; one request."""
        if self._ref.blob(pack) is None:
            entry = self._store.stat(pack.sha256.key)
            if entry is None:
                raise missing(pack, self._store.url)
            if entry.size != pack.size:
                raise Corrupt(
                    f"blob {pack.digest} has {entry.size} bytes instead of {pack.size}",
                    expected=pack.digest,
                    found=f"{entry.size} bytes",
                )

    def read_into(self, pack: Descriptor, start: int, destinations: list[memoryview]) -> None:
        """Bytes of a pack from ``start`` on, unchecked: the chunks in them are checked by the reader."""
        inline = self._ref.blob(pack)
        if inline is None:
            try:
                self._store.read_into(pack.sha256.key, start, destinations)
            except BlobNotFound as error:
                raise missing(pack, self._store.url) from error
            return
        view = memoryview(inline)
        if start + sum(map(len, destinations)) > len(view):
            raise Corrupt(
                f"inline pack {pack.digest} has {len(view)} bytes, not {pack.size}", expected=pack.digest
            )
        for destination in destinations:
            destination[:] = view[start : start + len(destination)]
            start += len(destination)


def missing(descriptor: Descriptor, store: str) -> Corrupt:
    """The error for a blob that a visible version needs and the store has not."""
    return Corrupt(
        f"blob {descriptor.digest} is missing from the store",
        expected=descriptor.digest,
        found=None,
        store=store,
    )
