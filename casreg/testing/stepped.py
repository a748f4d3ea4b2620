"""Threads that take turns: one storage operation at a time, in an order that a test decides.

An Actor runs its program in a thread of its own. Before every verb of a SteppedStore that was given
``actor.ask``, the thread waits until the test lets it go on, and tells it how that verb went. So a run is
decided by the test alone, step by step, and can be had again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

from casreg.stores.protocol import Buffer, Entry, Store
from casreg.stores.wrapper import Wrapper
from casreg.testing.faulty import Call, Crashed

_T = TypeVar("_T")
_STUCK: Final = 60.0
"""Seconds after which an actor that neither asks nor ends is an error of the test."""


class Ask(Protocol):
    """Told of a verb and what it would do; gives its result, or raises, whenever it likes."""

    def __call__(self, call: Call, effect: Callable[[], _T], /) -> _T: ...


class SteppedStore(Wrapper):
    """``inner``, of which every verb is asked for. A scan is asked for once and then for every ``page``."""

    def __init__(self, inner: Store, ask: Ask, page: int = 1000) -> None:
        super().__init__(inner)
        self.ask, self.page = ask, page

    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        return self.ask(Call("read", key), lambda: self.inner.read(key, start, stop))

    def read_into(self, key: str, start: int, destinations: Sequence[memoryview]) -> None:
        self.ask(Call("read", key), lambda: self.inner.read_into(key, start, destinations))

    def stat(self, key: str) -> Entry | None:
        return self.ask(Call("stat", key), lambda: self.inner.stat(key))

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        copied = [bytes(piece) for piece in data]  # it may land when the caller's buffers hold other things
        self.ask(Call("write", key), lambda: self.inner.write(key, copied))

    def create(self, key: str, data: Buffer) -> bool:
        copied = bytes(data)
        return self.ask(Call("create", key), lambda: self.inner.create(key, copied))

    def remove(self, key: str) -> None:
        self.ask(Call("remove", key), lambda: self.inner.remove(key))

    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        entries = self.inner.scan(prefix, after)
        while page := self.ask(Call("scan", prefix), lambda: list(islice(entries, self.page))):
            yield from page
            if len(page) < self.page:
                return


class Actor:
    """A program in a thread of its own; made waiting, before its first line.

    All but ``ask`` and ``is_current`` belongs to the thread that decides about turns.
    """

    def __init__(self, name: str, program: Callable[[], object]) -> None:
        self.name = name
        self.asking: Call | None = None
        """The verb that it waits to make; None before its first line, and at the end."""
        self.effect: Callable[[], Any] = lambda: None
        self.done = False
        self.error: BaseException | None = None
        """What its program raised, if it did not simply crash."""
        self._program = program
        self._answer: Callable[[], Any] = lambda: None
        self._crashed = False
        self._go, self._came = _taken(), _taken()
        self._thread = threading.Thread(target=self._run, name=f"actor-{name}", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"<{self.name}: {'done' if self.done else self.asking}>"

    @property
    def is_current(self) -> bool:
        """Whether its program is what the calling thread runs; false in threads that the program started."""
        return threading.current_thread() is self._thread

    def ask(self, call: Call, effect: Callable[[], _T]) -> _T:
        """Wait for the turn, and for the answer to ``call``; from the actor's own threads."""
        if self._crashed:
            raise Crashed(f"{call.verb} {call.key} after the end of the process")
        if self.asking is not None:
            raise AssertionError(f"{self} asks for two things at once: {call}")
        self.asking, self.effect = call, effect
        self._came.release()
        self._go.acquire()
        self.asking = None
        answer: _T = self._answer()
        return answer

    def go_on(self, answer: Callable[[], Any] = lambda: None) -> None:
        """Let it run until it asks again or ends; ``answer`` returns or raises what its verb shall."""
        self._answer = answer
        self._go.release()
        if not self._came.acquire(timeout=_STUCK):
            raise AssertionError(f"{self} neither asks for anything nor ends")

    def crash(self) -> None:
        """The end of its process: whatever it does next raises Crashed."""
        self._crashed = True
        if not self.done:
            self.go_on(self._die)

    def _die(self) -> Any:
        raise Crashed(f"{self.name} ends")

    def _run(self) -> None:
        self._go.acquire()
        try:
            if not self._crashed:
                self._program()
        except Crashed:
            pass
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is for the thread that decides
            self.error = error
        finally:
            self.done = True
            self.asking = None
            self._came.release()


def _taken() -> threading.Lock:
    """A lock to be released by another thread than the one that waits for it."""
    lock = threading.Lock()
    lock.acquire()
    return lock
