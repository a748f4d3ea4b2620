"""Copying versions between registries: blobs and manifest as they are."""

from __future__ import annotations

from collections.abc import Callable

from casreg import commit, default, refs
from casreg.commit import Candidate
from casreg.importing import Import, import_version
from casreg.names import Name, Version
from casreg.progress import Progress
from casreg.registry.opening import Opened
from casreg.snapshot import Snapshot


def download(
    target: Opened,
    source: Snapshot,
    name: Name,
    version: Version,
    clock: Callable[[], float],
    progress: Progress,
) -> Version:
    """Copy what ``source`` holds into ``target`` as ``name@version``, which must not be there."""

    def candidate() -> Candidate:
        state = refs.state(target.store, name, version)
        return commit.this_version(name, version, state, clock(), overwrite=False)

    order = Import(
        target=target.store,
        name=name,
        candidate=candidate,
        now=default.now,
        clock=clock,
        pause=default.pause,
        progress=progress,
    )
    return import_version(source, order)
