"""Leases: how a save that writes or reuses blobs keeps the janitor from taking them (PROTOCOL W1, W5 to W7).

    leases/<random id>     {"ttl": seconds, "meant": what it is about}

A lease is an object that its writer keeps rewriting. Its expiry is reckoned by the writer's own clock,
which counts suspension, from *before* each request was sent: so the writer never believes in a lease
longer than the janitor does, who goes by the store's stamps and waits a margin more.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from casreg import canonical
from casreg.errors import CasregError, Conflict, Unavailable, Uncertain
from casreg.stores.protocol import Buffer, Store

TTL: Final = 3600.0
"""Seconds that a lease holds after it was last renewed."""
MARGIN: Final = 3600.0
"""M: seconds within which a create that was sent has landed, or never will (assumption A1)."""
LIFE: Final = 7 * 86400.0
"""LMAX: seconds after which a save starts over, however often it renewed."""
_ATTEMPTS: Final = 5


class LeaseExpired(Conflict):
    """The lease ran out before the ref was created: nothing was made visible; the save starts over."""

    kind = "lease-expired"


class Lease(NamedTuple):
    """A lease as its writer knows it; seconds are of the writer's clock."""

    key: str
    started: float
    expiry: float

    def holds(self, clock: float) -> bool:
        """Whether it is not yet expired, and not past the longest life of a lease, at ``clock``."""
        return clock < min(self.expiry, self.started + LIFE)


class Fence:
    """The lease of one save: taken before its first write, renewed beside it, asked before its ref.

    Thread-safe. ``clock`` gives seconds and counts suspension.
    """

    def __init__(self, store: Store, clock: Callable[[], float], meant: str, ttl: float = TTL) -> None:
        self._store, self._clock, self._meant, self._ttl = store, clock, meant, ttl
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._renewing: threading.Thread | None = None
        self.lease: Lease | None = None
        """None as long as there was no need of one."""
        self.on_renewal: Callable[[Lease], object] | None = None
        """Told of every renewal that counts."""
        self.in_doubt = False
        """Whether a create was sent whose fate is not known: then the lease must run out by itself."""

    def take(self) -> Lease:
        """W1: make the lease, unless it is made; nothing that it protects may begin before."""
        with self._lock:
            return self.lease or self._hold(self._create())

    def resume(self, lease: Lease) -> bool:
        """Go on under the ``lease`` of an interrupted save; False if it can no longer be renewed.

        Nobody else may be at that save.
        """
        with self._lock:
            if self.lease is not None or not lease.holds(self._clock()):
                return False
            renewed = self._renewed(lease)
            if renewed is None:
                return False
            self._hold(renewed)
        return True

    def _hold(self, lease: Lease) -> Lease:
        self.lease = lease
        self._renewing = threading.Thread(target=self._renew, name="casreg-lease", daemon=True)
        self._renewing.start()
        return lease

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        """Write a blob under the lease."""
        self.take()
        self._store.write(key, data)

    @property
    def taken(self) -> bool:
        """Whether there was need of a lease."""
        return self.lease is not None

    def holds(self) -> bool:
        """W6: whether the lease holds now; true if none was needed."""
        with self._lock:
            return self.lease is None or self.lease.holds(self._clock())

    def require(self) -> None:
        """Raise LeaseExpired unless the lease holds."""
        if not self.holds():
            raise LeaseExpired(f"the lease of a save of {self._meant} ran out before it was done")

    def end(self, *, keep: bool = False) -> None:
        """W7: delete the lease, unless a create is in doubt; idempotent. Never fails: a lease that
        cannot be deleted runs out. With ``keep`` it is left to a save that goes on from this one."""
        self._ended.set()
        if self._renewing:
            self._renewing.join()
        if self.lease is not None and not self.in_doubt:
            if not keep:
                with suppress(CasregError):
                    self._store.remove(self.lease.key)
            self.lease = None

    def _create(self) -> Lease:
        problem: Exception | None = None
        for _ in range(_ATTEMPTS):
            key = f"leases/{secrets.token_hex(16)}"  # an answer that was lost: a new id
            before = self._clock()
            try:
                if self._store.create(key, self._body()):
                    return Lease(key, before, before + self._ttl)
            except (Unavailable, Uncertain) as error:
                problem = error
        raise Unavailable(f"no lease could be taken in {self._store.url}: {problem}") from problem

    def _renew(self) -> None:
        """W5: every third of the TTL; an answer after the old expiry does not count."""
        while not self._ended.wait(self._ttl / 3):
            self.renew()

    def renew(self) -> None:
        """Renew once. A failure is no news: the next attempt, or the expiry, decides."""
        if self.lease is None:
            return
        renewed = self._renewed(self.lease)
        if renewed is not None:
            with self._lock:
                self.lease = renewed
            if self.on_renewal:
                self.on_renewal(renewed)

    def _renewed(self, lease: Lease) -> Lease | None:
        before = self._clock()
        try:
            self._store.write(lease.key, [self._body()])
        except CasregError:
            return None
        if self._clock() >= lease.expiry:
            return None
        return lease._replace(expiry=max(lease.expiry, before + self._ttl))

    def _body(self) -> bytes:
        return canonical.dumps({"ttl": self._ttl, "meant": self._meant})
