"""Which entries of a cache an open Registry has handed out; they stay there meanwhile."""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import weakref
from contextlib import suppress
from pathlib import Path


class Pins:
    """The entries that one Registry has handed out; they stay until it is closed, or forgotten.

    A forked process has pins of its own: what was handed out before it was forked is the parent's.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fd: int | None = None
        self._release: weakref.finalize[..., Pins] | None = None
        _everyones.add(self)

    def add(self, folder: Path, entry: str) -> None:
        with self._lock:
            if self._fd is None:
                path = folder / secrets.token_hex(16)
                self._fd = os.open(
                    path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o666
                )
                fcntl.flock(self._fd, fcntl.LOCK_EX)
                self._release = weakref.finalize(self, _let_go, self._fd, path)
            os.write(self._fd, f"{entry}\n".encode())

    def release(self) -> None:
        with self._lock:
            if self._release is not None:
                self._release()
            self._fd = self._release = None

    def forked(self) -> None:
        """In the child: begin anew. Another thread may have held the lock, which nobody will release."""
        self._lock = threading.Lock()
        if self._release is not None:
            self._release.detach()
        if self._fd is not None:
            os.close(self._fd)  # the parent's stays locked
        self._fd = self._release = None


def _let_go(fd: int, path: Path) -> None:
    with suppress(OSError):
        path.unlink()
    os.close(fd)


_everyones: weakref.WeakSet[Pins] = weakref.WeakSet()


def _forked() -> None:
    for pins in list(_everyones):
        pins.forked()


os.register_at_fork(after_in_child=_forked)
