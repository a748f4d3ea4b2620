"""What a store consists of besides versions: its config, its settings, leases and condemned lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from casreg.condemned import Condemned
from casreg.errors import BlobNotFound, CasregError, Unsupported
from casreg.fsck.findings import Finding
from casreg.fsck.survey import CONFIG, Survey
from casreg.fsck.unreadable import reason
from casreg.models.base import Document
from casreg.models.notes import Notes
from casreg.models.store import Settings, parse_config
from casreg.stores.protocol import Store


def check_places(store: Store, found: Survey) -> Iterator[Finding]:
    """Raises Unsupported for a store of another format or with features that are not known here."""
    for key, why in found.unknown:
        yield Finding("unknown", why, key)
    for entry, why in found.left:
        yield Finding("orphan", why, entry.key, size=entry.size)
    if found.config:
        yield from _document(store, CONFIG, parse_config)
    elif not found.blank and store.stat(CONFIG) is None:
        yield Finding("missing", "the store's own description is not there", CONFIG)
    for key in found.settings:
        yield from _document(store, key, Settings.decode)
    for noted in found.notes:
        yield from _document(store, parse=Notes.decode, **noted._asdict())
    for mark in found.marks:
        yield from _document(store, mark.key, mark.model.decode, name=mark.name)
    for key in found.leases:
        yield from _document(store, key, _Lease.decode)
    for key in found.lists:
        yield from _document(store, key, Condemned.decode)


class _Lease(Document):
    """``leases/<id>``"""

    ttl: float
    meant: str


def _document(store: Store, key: str, parse: Callable[[bytes], Any], **about: Any) -> Iterator[Finding]:
    try:
        parse(store.read(key))
    except BlobNotFound:
        return  # leases and lists come and go, and history is trimmed
    except Unsupported:
        raise
    except CasregError as error:
        yield Finding("corrupt", reason(store, key, error), key, **about)
