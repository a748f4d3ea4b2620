"""Time, network and turns of a simulation: what happens is drawn from one seed.

One storage operation happens at a time. In between, time passes, requests whose answers were lost land,
and machines sleep. Which actor goes on is decided by priorities that change now and then: long
undisturbed runs of one actor, in the middle of what another one does, find more than a fair mixture.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Final
from unittest.mock import patch

from casreg import default, importing
from casreg.errors import CasregError, Unavailable, Uncertain
from casreg.leases import Fence
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Entry
from casreg.testing import Actor, Call, SteppedStore, Times
from tools.soak.sweeping.base import base
from tools.soak.sweeping.watched import BLOBS, Broken, Watched

TIMES: Final = Times(margin=600.0, hold=120.0)
"""A margin much below the TTL: what holds, holds for any, and some mistakes show only so."""
PAUSE: Final = Call("stat", "pause")
PATIENCE: Final = 20
"""Pauses after which an importer that still waits in the end is interrupted."""
STEPS: Final = 800
"""Steps after which nothing more goes wrong, and everybody comes to an end."""
PLACES: Final = tuple(
    """
    create leases, scan refs, scan condemned, read refs, write blobs, create refs, create refs, remove leases,
    scan leases, scan blobs, create condemned, create condemned.wait, read condemned.wait, stat leases,
    stat condemned.closed, stat condemned, remove blobs, create condemned.closed, remove condemned,
    write refs, write leases
    """.strip()
    .replace("\n    ", " ")
    .split(", ")
)
"""Where actors are held up: between one kind of operation and the next."""
_FAULTS: Final = {
    "read": ("before",),
    "stat": ("before",),
    "scan": ("before",),
    "write": ("before", "lost", "late"),
    "create": ("before", "lost", "late", "unsent"),
    "remove": ("before", "lost", "late", "twice"),
}


@dataclass(frozen=True)
class Hold:
    """An actor is held up at a place, once: others go on first."""

    place: str
    seconds: float = 0.0
    """How much time passes then."""
    to: float | None = None
    """Its priority from then on; by default the least of all."""
    awake: bool = False
    """Whether writers renew their leases meanwhile."""
    answer: bool = False
    """Whether it is the answer that is held up, the operation itself is not."""


@dataclass(frozen=True)
class Temper:
    """How likely what is, in each step; drawn anew for every run, so that runs differ in kind."""

    fault: float
    again: float
    """That a fault is followed by another one of the same actor."""
    jump: float
    """That time passes: to an instant at which something expires, or just before."""
    long: float
    """That a jump goes on for longer than a lease may live."""
    demotion: float
    """That somebody else goes on first."""
    landing: float
    """That a request in flight lands."""
    crash: float
    awake: float
    """That a writer renews its lease while time passes."""
    rest: float
    """That time passes between two things that an actor does."""
    reckless: tuple[str, ...]
    """Janitors that condemn whatever is there: a plan is advice."""
    nap: float
    """That time passes where an actor is held up."""
    held: float
    """That an actor is held up once, at a place drawn for it."""
    versions: int
    rich: bool
    """Whether there are versions in sections, and such whose head and index are blobs."""
    local: bool
    """Whether reading is said to be cheap: then a save looks whether what it reuses is there."""
    page: int
    """Entries that one request of a listing brings."""
    order: tuple[str, ...] = ()
    """Actors that go before all others in the beginning, the first one first."""
    holds: Mapping[str, tuple[Hold, ...]] = field(default_factory=dict)
    """Where certain actors are held up, in this order, instead of anywhere."""
    faults: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """(place, what happens there) of certain actors, in this order."""

    @classmethod
    def drawn(cls, rng: random.Random) -> Temper:
        return cls(
            fault=rng.choice((0, 0, 0.01, 0.04)),
            again=rng.choice((0, 0.5, 0.9)),
            jump=rng.choice((0, 0, 0.01, 0.05)),
            long=rng.choice((0, 0, 0.1)),
            demotion=rng.choice((0, 0.01, 0.04, 0.15)),
            landing=rng.choice((0.01, 0.05, 0.3)),
            crash=rng.choice((0, 0, 0.005)),
            awake=rng.choice((0, 0.5, 1)),
            rest=0.5,
            reckless=("janitor", "janitor 1", "janitor 2") if rng.random() < 0.4 else (),
            nap=rng.choice((0, 0.2, 0.6)),
            held=rng.choice((0.3, 0.6, 0.9)),
            versions=rng.choice((1, 1, 2)),
            rich=rng.random() < 0.2,
            local=rng.random() < 0.3,
            page=rng.choice((1000, 1000, 1000, 2)),
        )


@dataclass(frozen=True)
class Flight:
    """A request whose effect may come later than its answer, or come again."""

    call: Call
    effect: Callable[[], Any]
    until: float


class World:
    """A store, its time, and the actors that use it. One at a time in a process: ids are drawn here."""

    def __init__(self, seed: int, **temper: Any) -> None:
        self.rng = random.Random(seed)
        self.temper = replace(Temper.drawn(self.rng), **temper)
        self.times = TIMES
        self.time = 1_000_000.0
        self.met: Counter[str] = Counter()
        self.store = Watched(base(self.temper.versions, self.temper.rich, lambda: self.time), self.met)
        self.actors: list[Actor] = []
        self.trace: list[str] = []
        self.slept: defaultdict[str, float] = defaultdict(float)
        """Seconds that a machine was suspended, by actor."""
        self._ready: dict[Actor, Callable[[], bool]] = {}
        self._priority: dict[Actor, float] = {}
        self._holds: dict[Actor, list[Hold]] = {}
        """Where each actor is still to be held up."""
        self._was_held: set[Actor] = set()
        """Those that were held up before what they ask for now."""
        self._faults = {name: list(faults) for name, faults in self.temper.faults.items()}
        self._answers: dict[Actor, Callable[[], Any]] = {}
        """Answers that were held up."""
        self._begun: dict[str, int] = {}
        """Which act each actor was at when it began its last save."""
        self._landed: Counter[tuple[str, int, str]] = Counter()
        """Refs by the act that made them."""
        self._asked: dict[Actor, float] = {}
        self._failed: set[Actor] = set()
        self._pauses: Counter[Actor] = Counter()
        self._stores: dict[str, SteppedStore] = {}
        self._fences: dict[str, Fence] = {}
        """Of saves that go on, by actor."""
        self._flights: list[Flight] = []
        self._calm = False
        self._thread = threading.get_ident()

    # For programs of actors

    def add(
        self, name: str, program: Callable[[], object], ready: Callable[[], bool] = lambda: True
    ) -> Actor:
        """An actor; the program may use :meth:`pause` and a store of :meth:`stepped`, given its name."""
        actor = Actor(name, program)
        self.actors.append(actor)
        self._ready[actor] = ready
        order, drawn = self.temper.order, self.rng.random()
        self._priority[actor] = drawn + len(order) - order.index(name) if name in order else drawn
        places = [self.rng.choice(PLACES) for _ in range(3) if self.rng.random() < self.temper.held]
        self._holds[actor] = list(self.temper.holds.get(name, ())) or [Hold(place) for place in places]
        return actor

    def stepped(self, name: str) -> SteppedStore:
        """The store as the actor of this name sees it."""

        def ask(call: Call, effect: Callable[[], Any]) -> Any:
            if threading.get_ident() == self._thread:  # a renewal while time passes
                return effect()
            return (self._current() or self._actor(name)).ask(call, effect)

        store = self._stores[name] = SteppedStore(self.store, ask, self.temper.page)
        store.local = self.temper.local
        return store

    def pause(self) -> None:
        """A moment between two things that an actor does, at which time may pass."""
        actor = self._current()
        assert actor is not None
        actor.ask(PAUSE, lambda: None)

    def fence(self, name: str) -> Fence | None:
        """The fence of the save that goes on in this actor, if it holds a lease."""
        fence = self._fences.get(name)
        return fence if fence and fence.taken else None

    # The run

    def run(self) -> None:
        """Until everybody has come to an end. Raises what breaks a promise."""
        for actor in self.actors:
            self._resume(actor, lambda: None)
        for _ in range(STEPS):
            ready = self._those_ready()
            if not ready:
                break
            self._meanwhile(ready)
            ready = [actor for actor in ready if not actor.done]
            while ready and self._is_held(top := max(ready, key=lambda actor: self._priority[actor])):
                pass
            if ready:
                self._step(top)
        self._calm = True
        while ready := self._those_ready():
            self._step(self.rng.choice(ready))
        while self._flights:
            self._land()

    @contextmanager
    def ruled(self) -> Iterator[None]:
        """While this lasts ids come from the seed, and fences are known; no actor survives it."""

        def token(size: int = 32) -> str:
            return f"{self.rng.getrandbits(8 * size):0{2 * size}x}"

        made, ended = Fence.__init__, Fence.end

        def begin(fence: Fence, store: Any, *args: Any, **kwargs: Any) -> None:
            made(fence, store, *args, **kwargs)
            name = next(name for name, stepped in self._stores.items() if stepped is store)
            self._fences[name] = fence
            act = self._pauses[self._actor(name)]
            self.met["saves that start over"] += act == self._begun.get(name)
            self._begun[name] = act

        def end(fence: Fence, **kwargs: Any) -> None:
            self._fences = {name: other for name, other in self._fences.items() if other is not fence}
            ended(fence, **kwargs)

        try:
            with ExitStack() as stack:
                stack.enter_context(patch("secrets.token_hex", token))
                stack.enter_context(patch.object(Fence, "__init__", begin))
                stack.enter_context(patch.object(Fence, "end", end))
                stack.enter_context(patch.object(default, "pause", self.pause))
                stack.enter_context(patch.object(importing, "_COPIES", 1))  # one operation at a time
                for found in vars(Snapshot).values():
                    # Up to Python 3.11 a cached_property computes for one object at a time: whoever
                    # waits for its turn in there would stop all others.
                    if isinstance(found, cached_property) and hasattr(found, "lock"):
                        stack.enter_context(patch.object(found, "lock", nullcontext()))
                yield
        finally:
            for actor in self.actors:
                actor.crash()

    def _those_ready(self) -> list[Actor]:
        return [actor for actor in self.actors if not actor.done and self._ready[actor]()]

    def _current(self) -> Actor | None:
        return next((actor for actor in self.actors if actor.is_current), None)

    def _actor(self, name: str) -> Actor:
        return next(actor for actor in self.actors if actor.name == name)

    def _meanwhile(self, ready: list[Actor]) -> None:
        rng, temper = self.rng, self.temper
        if self._flights and rng.random() < temper.landing:
            self._land()
        if rng.random() < temper.jump:
            self._jump()
        if rng.random() < temper.demotion:
            self._demote(max(ready, key=lambda actor: self._priority[actor]))
        if rng.random() < temper.crash:
            victim = rng.choice(ready)
            self._note(victim.name, "crash", "")
            self.met["crashes"] += 1
            victim.crash()

    def _is_held(self, actor: Actor) -> bool:
        """Whether it is held up before what it asks for, and others go first."""
        if actor in self._answers or actor in self._was_held:
            return False
        hold = self._hold(actor)
        return hold is not None and not hold.answer and self._hold_up(actor, hold)

    def _hold(self, actor: Actor) -> Hold | None:
        """Where it is to be held up, if it is there."""
        holds, place = self._holds[actor], _place(actor.asking)
        if actor.name in self.temper.holds:
            return holds[0] if holds and holds[0].place == place else None
        return next((hold for hold in holds if hold.place == place), None)

    def _hold_up(self, actor: Actor, hold: Hold) -> bool:
        self._holds[actor].remove(hold)
        self._was_held.add(actor)
        self._note(actor.name, f"held up at {hold.place}", "")
        self._demote(actor, hold.to)
        if hold.seconds:
            self.pass_time(hold.seconds, list(self._fences) if hold.awake else [])
        elif self.rng.random() < self.temper.nap:
            self._jump()
        return True

    def _demote(self, actor: Actor, to: float | None = None) -> None:
        self._priority[actor] = min(self._priority.values()) - 1 if to is None else to

    def _step(self, actor: Actor) -> None:
        call = actor.asking
        assert call is not None
        if actor in self._answers:
            self._note(actor.name, f"{call.verb} {call.key}", "is answered")
            self._resume(actor, self._answers.pop(actor))
            return
        if call is PAUSE and self._calm and self._pauses[actor] > PATIENCE:
            actor.crash()  # it waits for a sweep that nobody makes
            return
        if call is PAUSE:
            self._pauses[actor] += 1
            if not self._calm and self.rng.random() < self.temper.rest:
                self._jump()
            self._note(actor.name, "pause", "")
            self._resume(actor, lambda: None)
            return
        how = self._manner(actor, call)
        self._note(actor.name, f"{call.verb} {call.key}", how)
        if how == "ok":
            self._failed.discard(actor)
        else:
            self._failed.add(actor)
            self.met[f"{call.verb} {how}"] += 1
        answer = self._perform(actor, call, how)
        self.time += 2 * self.rng.random()
        if call.verb == "create" and not self._calm and self.rng.random() < self.temper.jump:
            self._jump()  # the answer is slow
        hold = self._hold(actor)
        if hold and hold.answer and actor not in self._was_held and not self._calm:
            self._answers[actor] = answer
            self._hold_up(actor, hold)
        else:
            self._resume(actor, answer)

    def _manner(self, actor: Actor, call: Call) -> str:
        if _is_bound(call) and self.time - self._asked[actor] >= self.times.margin:
            return "unsent"  # A1: less than M after the check before it, or never
        scripted = self._faults.get(actor.name)
        if scripted and scripted[0][0] == _place(call):
            return scripted.pop(0)[1]
        if self._calm:
            return "ok"
        likely = self.temper.again if actor in self._failed else self.temper.fault
        return self.rng.choice(_FAULTS[call.verb]) if self.rng.random() < likely else "ok"

    def _perform(self, actor: Actor, call: Call, how: str) -> Callable[[], Any]:
        """What the actor will be told, as a function that returns or raises it."""
        kind = Uncertain if call.verb == "create" and how != "before" else Unavailable
        lost = partial(_raise, kind(f"{how}: {call.verb} {call.key}"))
        effect = actor.effect
        if _place(call) == "create refs":
            stem = call.key.partition(",")[0] if actor.name == "renamer" else ""  # a rename makes many
            effect = partial(self._once, effect, call.key, (actor.name, self._pauses[actor], stem))
        if how in ("late", "twice"):
            bound = self._asked[actor] + self.times.margin
            until = bound if _is_bound(call) else self.time + 3 * self.times.ttl
            self._flights.append(Flight(call, effect, until))
        if how in ("before", "late", "unsent"):
            return lost
        try:
            result = effect()
        except CasregError as error:
            return partial(_raise, error)
        return lost if how == "lost" else lambda: result

    def _once(self, create: Callable[[], bool], key: str, act: tuple[str, int, str]) -> bool:
        made = create()
        self._landed[act] += made and key in self.store.needs  # a tombstone is no ref, and may be taken back
        if self._landed[act] > 1:
            raise Broken(f"V4: {act[0]} made two refs for one")
        return made

    def _resume(self, actor: Actor, answer: Callable[[], Any]) -> None:
        actor.go_on(answer)
        self._was_held.discard(actor)
        self._asked[actor] = self.time
        if actor.error is not None:
            raise actor.error

    def _land(self) -> None:
        flight = self._flights.pop(self.rng.randrange(len(self._flights)))
        if self.time >= flight.until:
            return
        self._note("network", f"{flight.call.verb} {flight.call.key}", "lands")
        self.met[f"{flight.call.verb} lands late"] += 1
        flight.effect()

    # Time

    def _jump(self) -> None:
        awake = [name for name in self._fences if self.rng.random() < self.temper.awake]
        self.pass_time(self.rng.choice(self._instants()) - self.time, awake)
        if self.rng.random() < self.temper.long:
            self.pass_time(self.times.life + self.times.margin, awake)

    def pass_time(self, seconds: float, awake: list[str]) -> None:
        """Let time pass; those actors that are ``awake`` renew their leases meanwhile."""
        until = self.time + seconds
        for name in self._fences.keys() - set(awake):
            self.slept[name] += seconds
        self._note("time", f"{seconds:.0f} s", f"{len(awake)} awake")
        while self.time < until:
            self.time = min(until, self.time + self.times.ttl / 3)
            for name in awake:
                if fence := self.fence(name):
                    fence.renew()

    def _instants(self) -> list[float]:
        """Later moments at which something expires, or is just about to."""
        t = self.times
        found = [self.time + 1, self.time + t.hold + 1, self.time + t.margin - 5]
        stamps = self._stamps("leases/")
        found += [
            s.modified + after for s in stamps for after in (t.ttl - 3, t.ttl + 1, t.ttl + t.margin + 1)
        ]
        found += [
            s.modified + t.hold + t.margin + 1
            for s in self._stamps("condemned/")
            if s.key.endswith(".closed")
        ]
        return [moment for moment in found if moment > self.time]

    def _stamps(self, prefix: str) -> list[Entry]:
        return list(self.store.inner.scan(prefix))

    def _note(self, who: str, what: str, how: str) -> None:
        self.trace.append(f"{self.time:12.1f}  {who:10} {what}  {how}")


def _place(call: Call | None) -> str:
    """What kind of operation it is, by verb, folder and suffix."""
    assert call is not None
    folder, _, rest = call.key.partition("/")
    suffix = rest.rpartition(".")[2] if folder == "condemned" and "." in rest else ""
    return f"{call.verb} {folder}{suffix and '.'}{suffix}"


def _is_bound(call: Call) -> bool:
    """Whether the protocol bounds the time in which this request lands."""
    return (call.verb == "create" and call.key.startswith("refs/")) or (
        call.verb == "remove" and call.key.startswith(BLOBS)
    )


def _raise(error: BaseException) -> Any:
    raise error
