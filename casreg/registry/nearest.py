"""The version whose tensors are most like those of an object: what ``base="auto"`` builds upon."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from operator import attrgetter
from typing import Final

from casreg import refs
from casreg.config import Limits
from casreg.errors import Corrupt, NotFound, Unsupported
from casreg.names import Name
from casreg.parallel import Pool
from casreg.refs import State
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store
from casreg.tensors import Tensor
from casreg.writer.identity import same_tensors

log = logging.getLogger("casreg")
_LOOKED_AT: Final = 64
"""Names whose latest versions are compared: those that were written last."""


def nearest(
    store: Store, name: Name, own: Sequence[State], tensors: Sequence[Tensor], limits: Limits
) -> Snapshot | None:
    """What agrees with most bytes of ``tensors`` in name, dtype and shape, and with half of them at least.

    ``own``, the latest version of ``name`` if there is one, is taken if it agrees with half of them, whatever
    there is besides: a name goes on from itself. Else the latest versions of other names are compared, of
    equals the one that was written last. No data is read, only indexes.
    """
    total = sum(tensor.size for tensor in tensors)
    best, most = None, max(0, (total + 1) // 2 - 1)
    if not total:
        return None
    for snapshot in _candidates(store, name, own, limits):
        theirs = [tensor for _, tensor in snapshot.index.tensors]
        agreeing = sum(tensors[ours].size for ours in same_tensors(tensors, theirs))
        if agreeing > most:
            best, most = snapshot, agreeing
            if snapshot.name == name or agreeing == total:
                break
    return best


def _candidates(store: Store, name: Name, own: Sequence[State], limits: Limits) -> Iterator[Snapshot]:
    yield from _opened(store, own, limits)
    latest: dict[Name, State] = {}
    for state in refs.all_states(store):
        if state.alive and state.name != name:
            latest.setdefault(state.name, state)
    yield from _opened(store, nlargest(_LOOKED_AT, latest.values(), key=attrgetter("modified")), limits)


def _opened(store: Store, states: Iterable[State], limits: Limits) -> Iterator[Snapshot]:
    """Those that can be, their indexes read."""

    def opened(state: State) -> Snapshot | None:
        try:
            snapshot = Snapshot(store, state.name, state.version, refs.read(store, state), limits=limits)
            return snapshot if snapshot.index.tensors else None
        except NotFound:
            return None  # gone since the listing
        except (Corrupt, Unsupported) as error:
            log.warning("not comparing with %s@%s: %s", state.name, state.version, error)
            return None

    with Pool(4) as pool:
        yield from filter(None, pool.map(opened, states, 4))
