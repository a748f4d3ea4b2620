"""Actors take turns: nothing happens in one before it is told to go on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from casreg import Unavailable
from casreg.stores.memory import MemoryStore
from casreg.testing import Actor, Call, SteppedStore

Start = Callable[[str, Callable[[SteppedStore], Any]], Actor]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def start(store: MemoryStore) -> Iterator[Start]:
    actors: list[Actor] = []

    def start(name: str, program: Callable[[SteppedStore], Any], page: int = 1000) -> Actor:
        actor = Actor(name, lambda: program(stepped))
        stepped = SteppedStore(store, actor.ask, page)
        actors.append(actor)
        actor.go_on()
        return actor

    yield start
    for actor in actors:
        actor.crash()


def step(actor: Actor) -> None:
    result = actor.effect()
    actor.go_on(lambda: result)


def test_a_verb_has_its_effect_when_the_test_says_so(store: MemoryStore, start: Start) -> None:
    actor = start("one", lambda s: s.create("a", b"1"))
    assert actor.asking == Call("create", "a")
    assert store.stat("a") is None
    step(actor)
    assert actor.done
    assert store.read("a") == b"1"


def test_an_answer_may_be_an_error_and_the_effect_come_later(store: MemoryStore, start: Start) -> None:
    told: list[Exception] = []

    def program(stepped: SteppedStore) -> None:
        data = bytearray(b"1")
        try:
            stepped.write("a", [data])
        except Unavailable as error:
            told.append(error)
        data[:] = b"2"

    actor = start("one", program)
    effect = actor.effect

    def lost() -> None:
        raise Unavailable("lost")

    actor.go_on(lost)
    assert actor.done
    assert [str(error) for error in told] == ["lost"]
    effect()
    assert store.read("a") == b"1"  # what was sent, not what the buffer holds by now


def test_two_actors_go_in_the_order_of_their_turns(store: MemoryStore, start: Start) -> None:
    won: list[str] = []
    one = start("one", lambda s: s.create("a", b"1") and won.append("one"))
    two = start("two", lambda s: s.create("a", b"2") and won.append("two"))
    step(two)
    step(one)
    assert won == ["two"]


def test_a_listing_is_asked_for_page_by_page(store: MemoryStore, start: Callable[..., Actor]) -> None:
    for name in "acd":
        store.create(name, b"")
    seen: list[str] = []
    actor = start("one", lambda s: seen.extend(e.key for e in s.scan("")), 2)
    step(actor)
    store.create("b", b"")  # passed already
    store.create("e", b"")
    step(actor)
    step(actor)
    assert actor.done
    assert seen == ["a", "c", "d", "e"]


def test_a_crash_ends_the_program_where_it_is(store: MemoryStore, start: Start) -> None:
    tidied: list[str] = []

    def program(stepped: SteppedStore) -> None:
        try:
            stepped.remove("a")
        except Exception:  # noqa: BLE001 - nothing catches a crash
            tidied.append("caught")
        finally:
            stepped.remove("b")  # a process that is dead does nothing more
            tidied.append("tidied")

    actor = start("one", program)
    actor.crash()
    assert actor.done
    assert actor.error is None
    assert tidied == []


def test_what_a_program_raises_is_kept(start: Start) -> None:
    actor = start("one", lambda s: s.read("../a"))
    with pytest.raises(ValueError, match="not a key"):
        step(actor)  # the store's own answer, in the thread that asked for the effect
    actor.crash()

    def broken(_: SteppedStore) -> None:
        raise LookupError("a mistake of the program")

    assert isinstance(start("two", broken).error, LookupError)
