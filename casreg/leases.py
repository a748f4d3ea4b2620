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
from typing import Final

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


class Fence:
    """The lease of one save: taken before its first write, renewed beside it, asked before its ref.

    Thread-safe. ``clock`` gives seconds and counts suspension.
    """

    def __init__(self, store: Store, clock: Callable[[], float], meant: str, ttl: float = TTL) -> None:
        self._store, self._clock, self._meant, self._ttl = store, clock, meant, ttl
        self._lock = threading.Lock()
        self._key: str | None = None
        self._started = self._expiry = 0.0
        self._ended = threading.Event()
        self._renewing: threading.Thread | None = None
        self.in_doubt = False
        """Whether a create was sent whose fate is not known: then the lease must run out by itself."""

    def take(self) -> None:
        """W1: make the lease, unless it is made; nothing that it protects may begin before."""
        with self._lock:
            if self._key is None:
                self._key = self._create()
                self._renewing = threading.Thread(target=self._renew, name="casreg-lease", daemon=True)
                self._renewing.start()

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        """Write a blob under the lease."""
        self.take()
        self._store.write(key, data)

    @property
    def taken(self) -> bool:
        """Whether there was need of a lease."""
        return self._key is not None

    def holds(self) -> bool:
        """W6: whether the lease holds now; true if none was needed."""
        with self._lock:
            return self._key is None or self._clock() < min(self._expiry, self._started + LIFE)

    def require(self) -> None:
        """Raise LeaseExpired unless the lease holds."""
        if not self.holds():
            raise LeaseExpired(f"the lease of a save of {self._meant} ran out before it was done")

    def end(self) -> None:
        """W7: delete the lease, unless a create is in doubt; idempotent. Never fails: a lease that
        cannot be deleted runs out."""
        self._ended.set()
        if self._renewing:
            self._renewing.join()
        if self._key is not None and not self.in_doubt:
            with suppress(CasregError):
                self._store.remove(self._key)
            self._key = None

    def _create(self) -> str:
        problem: Exception | None = None
        for _ in range(_ATTEMPTS):
            key = f"leases/{secrets.token_hex(16)}"  # an answer that was lost: a new id
            before = self._clock()
            try:
                if self._store.create(key, self._body()):
                    self._started, self._expiry = before, before + self._ttl
                    return key
            except (Unavailable, Uncertain) as error:
                problem = error
        raise Unavailable(f"no lease could be taken in {self._store.url}: {problem}") from problem

    def _renew(self) -> None:
        """W5: every third of the TTL; an answer after the old expiry does not count."""
        while not self._ended.wait(self._ttl / 3):
            self.renew()

    def renew(self) -> None:
        """Renew once. A failure is no news: the next attempt, or the expiry, decides."""
        before = self._clock()
        try:
            if self._key is not None:
                self._store.write(self._key, [self._body()])
        except CasregError:
            return
        with self._lock:
            if self._clock() < self._expiry:
                self._expiry = max(self._expiry, before + self._ttl)

    def _body(self) -> bytes:
        return canonical.dumps({"ttl": self._ttl, "meant": self._meant})
