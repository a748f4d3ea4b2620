"""A call that goes on in the background, and is not lost when the interpreter exits."""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401 - its hook has to be registered before the one below
import logging
import threading
import weakref
from collections.abc import Callable
from typing import Final

log = logging.getLogger("casreg")


# Before the interpreter joins threads, `concurrent.futures` closes all its pools, those of a save under
# way among them. Hooks run in reverse order: one that is registered later lets saves end before that, while
# `atexit` would be too late. The function is private, and the only one there is; should it go away, saves
# under way are joined like any thread, and may fail, which is logged.
_at_exit: Callable[[Callable[[], None]], None] | None = getattr(threading, "_register_atexit", None)


class Flight:
    """``function()``, on a thread of its own.

    The thread ends with the call: none is left that a fork or a signal could meet. At the exit of the
    interpreter a call under way is waited for; an interrupt (Ctrl-C) ends that wait, and the call with it.
    An error is logged when it happens, and raised by :meth:`wait`.
    """

    def __init__(self, function: Callable[[], None], what: str) -> None:
        """``what``: for logs, and for the note that an error gets."""
        self._function, self._what = function, what
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="casreg-save", daemon=_at_exit is not None)
        self._begun = False
        self._decided = threading.Event()
        self._ended = threading.Event()

    def start(self) -> None:
        """Have the call made. If this raises, as by an interrupt (Ctrl-C), it either is made, which
        :meth:`wait` waits for, or never."""
        try:
            self._thread.start()
            _under_way.add(self)
            self._begun = True
        finally:
            self._decided.set()

    def wait(self) -> None:
        """Return when the call has, at once if none was begun; raise its error as it was, with a note, the
        first time this is asked."""
        while self._begun and not self._ended.wait(_LOOKS):
            pass  # not by join: interrupted, Python 3.11 takes a thread that runs for one that has ended
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _run(self) -> None:
        self._decided.wait()
        try:
            if self._begun:
                self._function()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is for the thread that waits
            error.add_note(f"in the background: {self._what}")
            self._error = error
            log.error("%s: %s: %s", self._what, type(error).__name__, error)
        finally:
            del self._function  # and with it what it holds
            self._ended.set()


_LOOKS: Final = 0.5
"""Seconds after which who waits looks for signals: one that comes just before a thread begins to wait does
not wake it."""
_under_way: weakref.WeakSet[Flight] = weakref.WeakSet()


def _land() -> None:
    for flight in list(_under_way):
        flight._thread.join()


if _at_exit is not None:
    _at_exit(_land)
