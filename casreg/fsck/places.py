"""What a store consists of besides versions: its config, its settings, leases and condemned lists."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from casreg.condemned import Condemned
from casreg.errors import BlobNotFound, CasregError, Unsupported
from casreg.fsck.findings import Finding
from casreg.fsck.survey import CONFIG, Survey
from casreg.fsck.unreadable import reason
from casreg.models.base import Document
from casreg.models.notes import Notes
from casreg.models.store import Settings, parse_config
from casreg.stores.protocol import Store

Parsed = TypeVar("Parsed")


def check_places(store: Store, found: Survey) -> Iterator[Finding]:
    """Raises Unsupported for a store of another format or with features that are not known here."""
    for key, why in found.unknown:
        yield Finding("unknown", why, key)
    for entry, why in found.left:
        yield Finding("orphan", why, entry.key, size=entry.size)
    if found.config:
        yield from document(store, CONFIG, parse_config)
    elif not found.blank and store.stat(CONFIG) is None:
        yield Finding("missing", "the store's own description is not there", CONFIG)
    for key in found.settings:
        yield from document(store, key, Settings.decode)
    for noted in found.notes:
        yield from document(store, parse=Notes.decode, **noted._asdict())
    for key in found.leases:
        yield from document(store, key, _Lease.decode)
    for key in found.lists:
        yield from document(store, key, Condemned.decode)


class _Lease(Document):
    """``leases/<id>``"""

    ttl: float
    meant: str


def document(
    store: Store, key: str, parse: Callable[[bytes], Parsed], **about: Any
) -> Generator[Finding, None, Parsed | None]:
    """What ``parse`` makes of an object, with a finding if it takes offence; None then, or if it is gone."""
    try:
        return parse(store.read(key))
    except BlobNotFound:
        return None  # leases and lists come and go, and history is trimmed
    except Unsupported:
        raise
    except CasregError as error:
        yield Finding("corrupt", reason(store, key, error), key, **about)
        return None
