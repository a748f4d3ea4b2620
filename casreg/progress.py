"""How the core tells a caller how far it is."""

from __future__ import annotations

import threading
from typing import Protocol


class Progress(Protocol):
    """Called from one thread at a time, often; must be quick and must not raise."""

    def __call__(self, done: int, total: int | None) -> None:
        """``done`` and ``total`` in plain bytes; ``total`` None while it is not known."""


def silent(done: int, total: int | None) -> None:
    """The progress of a caller who does not look."""


class Together:
    """What several at once have done, told to one progress: their sum."""

    def __init__(self, progress: Progress, total: int | None = None) -> None:
        self._progress = progress
        self._total = total
        self._lock = threading.Lock()
        self._done = 0

    def one(self) -> Progress:
        """The progress of one of them."""
        before = 0

        def advance(done: int, total: int | None) -> None:  # noqa: ARG001 - as the protocol says
            nonlocal before
            with self._lock:
                self._done += done - before
                before = done
                self._progress(self._done, self._total)

        return advance
