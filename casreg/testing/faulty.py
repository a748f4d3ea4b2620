"""A store that fails where a test wants it to, and tells which calls there were to fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeVar, get_args

from casreg.errors import CasregError, Unavailable, Uncertain
from casreg.stores.protocol import Buffer, Entry, Store
from casreg.stores.wrapper import Wrapper

_T = TypeVar("_T")

Verb: TypeAlias = Literal["read", "stat", "write", "create", "remove", "scan"]

When: TypeAlias = Literal["before", "after", "lost", "unsent"]
"""What happens at the call:

- ``before``: it has no effect and raises Unavailable, which says so;
- ``after``: it has its effect, and then the process dies: Crashed, now and in every later call;
- ``lost``: it has its effect, but the answer does not arrive: Uncertain for create, Unavailable else;
- ``unsent``: as ``lost`` for the caller, but it had no effect.

A scan that fails with or after its effect does so behind its first entry.
"""

WHENS: Final[tuple[When, ...]] = get_args(When)


class Crashed(BaseException):
    """Stands for the death of the process. Not an Exception: no code under test survives its own death."""


@dataclass(frozen=True, slots=True)
class Call:
    """One verb as it was called; ``read_into`` is a read."""

    verb: Verb
    key: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Fail in the manner ``when`` at the call of this number, from 0: of ``verb``, or of all verbs."""

    call: int
    when: When
    verb: Verb | None = None


def fault_points(calls: Sequence[Call], whens: Iterable[When] = WHENS) -> Iterator[Fault]:
    """Every fault that can befall an operation that made these calls, each once.

    Numbered within the verb: for operations with several threads that is steadier than overall.
    """
    ways = tuple(whens)
    seen: dict[Verb, int] = {}
    for call in calls:
        number = seen.get(call.verb, 0)
        seen[call.verb] = number + 1
        for when in ways:
            yield Fault(number, when, call.verb)


class FaultyStore(Wrapper):
    """``inner``, failing as ``plan`` says; without a plan it records ``calls`` and fails never.

    For every fault of ``fault_points(recording.calls)`` a test runs the operation again on a fresh
    store, with that fault. ``calls`` and ``struck`` (the faults that occurred) may be read any time.
    """

    def __init__(self, inner: Store, plan: Iterable[Fault] = ()) -> None:
        super().__init__(inner)
        self.plan = frozenset(plan)
        self.calls: list[Call] = []
        self.struck: list[Fault] = []
        self.crashed = False
        self._counts: dict[Verb, int] = {}
        self._mutex = threading.Lock()

    def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        return self._call("read", key, lambda: self.inner.read(key, start, stop))

    def read_into(self, key: str, start: int, destinations: Sequence[memoryview]) -> None:
        self._call("read", key, lambda: self.inner.read_into(key, start, destinations))

    def stat(self, key: str) -> Entry | None:
        return self._call("stat", key, lambda: self.inner.stat(key))

    def write(self, key: str, data: Sequence[Buffer]) -> None:
        self._call("write", key, lambda: self.inner.write(key, data))

    def create(self, key: str, data: Buffer) -> bool:
        return self._call("create", key, lambda: self.inner.create(key, data))

    def remove(self, key: str) -> None:
        self._call("remove", key, lambda: self.inner.remove(key))

    def scan(self, prefix: str, after: str = "") -> Iterator[Entry]:
        fault = self._begin("scan", prefix)

        def entries() -> Iterator[Entry]:
            if fault and fault.when in ("before", "unsent"):
                raise self._strike(fault, "scan", prefix)
            for entry in self.inner.scan(prefix, after):
                yield entry
                if fault:
                    break
            if fault:
                raise self._strike(fault, "scan", prefix)

        return entries()

    def _call(self, verb: Verb, key: str, effect: Callable[[], _T]) -> _T:
        fault = self._begin(verb, key)
        if fault is None:
            return effect()
        if fault.when in ("after", "lost"):
            effect()
        raise self._strike(fault, verb, key)

    def _begin(self, verb: Verb, key: str) -> Fault | None:
        with self._mutex:
            if self.crashed:
                raise Crashed(f"{verb} {key} after the end of the process")
            overall, within = len(self.calls), self._counts.get(verb, 0)
            self.calls.append(Call(verb, key))
            self._counts[verb] = within + 1
            for fault in self.plan:
                if fault.verb in (None, verb) and fault.call == (overall if fault.verb is None else within):
                    return fault
            return None

    def _strike(self, fault: Fault, verb: Verb, key: str) -> BaseException:
        with self._mutex:
            self.struck.append(fault)
            self.crashed = self.crashed or fault.when == "after"
        if fault.when == "after":
            return Crashed(f"the process ends after {verb} {key}")
        kind: type[CasregError] = Uncertain if verb == "create" and fault.when != "before" else Unavailable
        return kind(f"planned fault: {fault.when} in {verb} {key}", store=self.url, key=key)
