"""The disk below a local store."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator

from casreg.cli.doctor.check import Check
from casreg.cli.output import plural, size
from casreg.stores.local import LocalStore

_TIGHT = 1 << 30
_FULL = 64 << 20
"""Bytes. A pack has as many."""
_STALE = 8 * 86400.0
"""Seconds. No save lives as long."""


def disk(store: LocalStore) -> Iterator[Check]:
    yield _space(os.fspath(store.root))
    yield _leftovers(os.path.join(store.root, "tmp"))


def _space(root: str) -> Check:
    usage = shutil.disk_usage(root)
    detail = f"{size(usage.free)} free of {size(usage.total)}"
    if usage.free < _FULL:
        return Check("space", "fail", detail, "free space on this disk, or delete versions with casreg rm")
    if usage.free < _TIGHT:
        return Check("space", "warn", detail, "free space on this disk before saving something large")
    return Check("space", "ok", detail)


def _leftovers(folder: str) -> Check:
    """Files that crashed saves left behind; younger ones may belong to a save that is running."""
    stale = young = stale_bytes = 0
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        entries = []
    except OSError as error:
        return Check(
            "leftovers", "warn", f"{folder} cannot be listed: {error.strerror}", "ask its owner for rights"
        )
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue  # a save has just finished with it
        if time.time() - status.st_mtime > _STALE:
            stale, stale_bytes = stale + 1, stale_bytes + status.st_size
        else:
            young += 1
    if stale:
        detail = f"{plural(stale, 'file')} of {size(stale_bytes)} in {folder} are older than 8 days"
        return Check("leftovers", "warn", detail, "delete them: no save takes that long")
    return Check(
        "leftovers", "ok", f"{plural(young, 'unfinished file')}, none older than 8 days" if young else "none"
    )
