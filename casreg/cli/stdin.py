"""Standard input that Ctrl-C always reaches.

A signal that arrives just before a blocking ``read`` does not wake it up: Python's handler waits for
a ``read`` that waits for data. So the wait is a ``select`` that the signal itself ends.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from casreg.errors import InvalidInput


class StandardInput:
    """A binary stream over the descriptor; unbuffered."""

    def __init__(self, descriptor: int, wake: int) -> None:
        self._descriptor, self._wake = descriptor, wake

    def readable(self) -> bool:
        return True

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, none at the end only."""
        select.select([self._descriptor, self._wake], [], [])
        return os.read(self._descriptor, size)

    def readinto(self, buffer: memoryview) -> int:
        """Fill the front of ``buffer``; the number of bytes, 0 at the end only."""
        # A pending signal's handler runs when select has returned, before the next line.
        select.select([self._descriptor, self._wake], [], [])
        return os.readv(self._descriptor, [buffer])


@contextmanager
def standard_input() -> Iterator[Any]:
    """A binary stream to be read on the main thread. Raises InvalidInput if it is closed."""
    if sys.stdin is None:
        raise InvalidInput("standard input is closed")
    try:
        descriptor = sys.stdin.fileno()
    except (OSError, ValueError):
        yield sys.stdin.buffer  # replaced by something in memory
        return
    awake, bell = os.pipe()
    os.set_blocking(bell, False)
    previous = signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
    try:
        yield StandardInput(descriptor, awake)
    finally:
        signal.set_wakeup_fd(previous)
        os.close(awake)
        os.close(bell)
