"""The journal of a save: what an interrupted one has stored, so that the next one goes on from there.

    <folder>/<id of the store>/<hash of the name>-<random>.journal      JSON lines, appended

The first line says whose save it is, under which lease and nonce; then a line for every pack whose write
was acknowledged, and one for every renewal of the lease. A journal is a hint on this machine only: it
counts as long as the lease lives, by the clock of this boot, and nobody else holds the file's lock.
A save that is about to create its ref removes it first: what may already be visible never goes on.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Self

from casreg.digest import Digest, checksum
from casreg.errors import CasregError
from casreg.leases import Lease
from casreg.stores.protocol import Buffer

log = logging.getLogger("casreg")
FROM: Final = 16 << 20
"""Bytes stored from which on a save keeps a journal: less is sooner stored again."""
_SUFFIX: Final = ".journal"


class StoredPack(NamedTuple):
    """A pack of the interrupted save, and how its trailer is found and recognised."""

    digest: Digest
    size: int
    trailer: int
    """Bytes of the trailer, at the end of the pack."""
    check: int
    """XXH3-64 of the trailer."""

    @classmethod
    def of(cls, digest: Digest, data: Sequence[Buffer]) -> Self:
        """``data``: a finished pack, whose last buffer is its trailer."""
        trailer = data[-1]
        return cls(digest, sum(map(len, data)), len(trailer), checksum(trailer))


@dataclass(frozen=True)
class Subject:
    """Which saves may go on from one another: same store, name and machine since its start."""

    store: str
    name: str
    boot: str
    durable: bool
    """Whether packs outlive a power cut once their write is acknowledged."""


@dataclass
class Journal:
    """One save's; thread-safe. Nothing here raises: a journal that cannot be kept is done without."""

    path: Path
    subject: Subject
    nonce: str
    lease: Lease
    packs: list[StoredPack] = field(default_factory=list)
    start: int = FROM
    """Bytes stored from which on the file is kept."""
    _file: IO[bytes] | None = None
    _bytes: int = 0
    _over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def kept(self) -> bool:
        """Whether another save could go on from here."""
        return self._file is not None

    def stored(self, pack: StoredPack) -> None:
        """The write of ``pack`` was acknowledged."""
        with self._lock:
            self.packs.append(pack)
            self._bytes += pack.size
            if self._file:
                self._append({"pack": pack})
            elif self._bytes >= self.start and not self._over:
                self._begin()

    def renewed(self, lease: Lease) -> None:
        """The lease holds until a later moment."""
        with self._lock:
            self.lease = lease
            if self._file:
                self._append({"expiry": lease.expiry})

    def remove(self) -> None:
        """No save goes on from here any more."""
        with self._lock:
            if self._file:
                with suppress(OSError):
                    self.path.unlink()
        self.close()

    def close(self) -> None:
        """Leave the file, if there is one, to the next save."""
        with self._lock:
            self._over = True
            if self._file:
                fcntl.flock(self._file, fcntl.LOCK_UN)  # a process forked meanwhile has the descriptor, too
                self._file.close()
                self._file = None

    def _begin(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = open(self.path, "xb", buffering=0)  # noqa: SIM115 - open as long as the save goes on
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._give_up(error)
            return
        s = self.subject
        self._append(
            {
                "store": s.store,
                "name": s.name,
                "boot": s.boot,
                "durable": s.durable,
                "nonce": self.nonce,
                "lease": self.lease,
            },
            *({"pack": pack} for pack in self.packs),
        )

    def _append(self, *lines: dict[str, Any]) -> None:
        assert self._file is not None
        try:
            self._file.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        log.debug("no journal is kept of this save: %s", error)
        self._over = True
        if self._file:
            self._file.close()
            self._file = None
            with suppress(OSError):
                self.path.unlink()


@dataclass(frozen=True)
class Journals:
    """The journals of this user on this machine."""

    folder: Path
    boot: str
    """What tells one start of the machine from the next; empty where that cannot be told: no journals."""
    start: int = FROM

    def new(self, store: str, name: str, nonce: str, lease: Lease, *, durable: bool) -> Journal:
        """The journal of a save that begins under ``lease``; no file is made before there is reason to."""
        path = self._of(store) / f"{_hashed(name)}-{secrets.token_hex(8)}{_SUFFIX}"
        subject = Subject(store, name, self.boot, durable)
        return Journal(path, subject, nonce, lease, start=self.start, _over=not self.boot)

    def interrupted(self, store: str, name: str, *, durable: bool, clock: float) -> Iterator[Journal]:
        """Journals of saves of ``name`` that nobody is at, and whose lease should live; each is locked.

        Those that are of no use to anybody any more are removed.
        """
        folder = self._of(store)
        try:
            found = sorted(os.listdir(folder)) if self.boot else []
        except OSError:
            return
        for entry in found:
            path = folder / entry
            if not entry.startswith(_hashed(name)):
                _remove_unless_of(self.boot, path)
                continue
            journal = _open(path)
            if journal is None:
                continue
            subject = journal.subject
            lives = subject.boot == self.boot and journal.lease.holds(clock)
            if not lives or (subject.store, subject.name) != (store, name):
                journal.remove()
            elif durable and not subject.durable:
                journal.close()  # not for a save that must outlive a power cut
            else:
                yield journal

    def _of(self, store: str) -> Path:
        return self.folder / store


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:24]


def _open(path: Path) -> Journal | None:
    """The journal, locked; None if somebody is at it, or it is not one that this casreg understands."""
    try:
        file = open(path, "r+b", buffering=0)  # noqa: SIM115 - its lock is held by whoever gets the journal
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file.fileno()).st_nlink == 0:
            raise BlockingIOError("removed meanwhile")
    except OSError:
        file.close()
        return None
    try:
        return _parse(path, file)
    except (ValueError, KeyError, TypeError, RecursionError, CasregError) as error:
        log.debug("the journal %s is not understood: %s", path, error)
        with suppress(OSError):
            path.unlink()
        file.close()
        return None


def _parse(path: Path, file: IO[bytes]) -> Journal:
    lines = file.read().split(b"\n")
    torn = lines.pop()  # without its newline: the line that the end of the process cut off
    file.truncate(file.seek(-len(torn), os.SEEK_END))
    head, *rest = [json.loads(line) for line in lines]
    key, started, expiry = head["lease"]
    packs = []
    for line in rest:
        if "pack" in line:
            digest, size, trailer, check = line["pack"]
            packs.append(StoredPack(Digest.parse(digest), int(size), int(trailer), int(check)))
        elif "expiry" in line:
            expiry = line["expiry"]
    return Journal(
        path,
        Subject(str(head["store"]), str(head["name"]), str(head["boot"]), bool(head["durable"])),
        str(head["nonce"]),
        Lease(str(key), float(started), float(expiry)),
        packs,
        _file=file,
        _bytes=sum(pack.size for pack in packs),
    )


def _remove_unless_of(boot: str, path: Path) -> None:
    """Remove a journal that nobody can be at; without its lock, so that whoever wants it gets it."""
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        with open(path, "rb") as file:
            head = json.loads(file.readline())
        if head["boot"] != boot:
            path.unlink()
