"""Blobs that a janitor is about to delete (PROTOCOL W2).

condemned/<random id>           {"blobs": [digests]}
condemned/<random id>.wait      condemned/<random id>.closed        the janitor's own
"""

from __future__ import annotations

from typing import Annotated

from pydantic import FailFast, Field

from casreg.errors import BlobNotFound
from casreg.models.base import MAX_DOCUMENT, Document
from casreg.models.manifest import DigestField
from casreg.stores.protocol import Store

PREFIX = "condemned/"


class Condemned(Document):
    """One list."""

    blobs: Annotated[list[DigestField], FailFast()] = Field(default_factory=list)


def condemned(store: Store) -> frozenset[str]:
    """Digests in any list, closed or not. A list that vanishes meanwhile counts as empty.

    To be read before the refs that a save reuses from, and after its lease was taken.
    """
    found: set[str] = set()
    for entry in store.scan(PREFIX):
        if "." not in entry.key:
            try:
                found.update(Condemned.decode(store.read(entry.key, 0, MAX_DOCUMENT + 1)).blobs)
            except BlobNotFound:
                continue
    return frozenset(found)
