"""Values of the standard library come back as they were, alone, nested, and as keys."""

import io
import math
import struct
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sameness import same

from casreg import InvalidInput, NotFound, Registry

BERLIN = ZoneInfo("Europe/Berlin")
ODD_NAN: float = struct.unpack(">d", bytes.fromhex("fff8000000000abc"))[0]
HASHABLE: list[Any] = [
    complex(ODD_NAN, -0.0),
    complex(-0.0, math.inf),
    Decimal("-0"),
    Decimal("1E+5"),
    Decimal("100000"),
    Decimal("-NaN123"),
    Decimal("Infinity"),
    Decimal("1E-999999"),
    Decimal("123456789.123456789012345678901234567890"),
    Fraction(-3, 7),
    Fraction(10**5000, 3),
    10**5000,
    -(2**2048),
    2**2048 - 1,
    UUID("12345678-1234-5678-1234-567812345678"),
    range(0),
    range(1, 1),
    range(10, -(10**700), -3),
    date(1, 1, 1),
    time(23, 59, 59, 999999),
    time(1, 2, fold=1),
    time(1, 2, tzinfo=BERLIN),
    time(1, 2, tzinfo=UTC),
    datetime(2024, 2, 29, 1, 2, 3),
    datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=1),
    datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN),
    datetime(2024, 10, 27, 2, 30, fold=1),
    datetime(9999, 12, 31, 23, 59, 59, 999999, timezone(timedelta(hours=-23, microseconds=-1))),
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 1, 1, 1, 2, 3, 4, timezone(timedelta(microseconds=-1))),
    time(1, 2, tzinfo=timezone(timedelta(microseconds=999_999))),
    datetime(2024, 1, 1, tzinfo=timezone(timedelta(0), "UTC")),
    datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=1), "")),
    timedelta(-1, 1, 1),
    timedelta.max,
    timedelta.min,
    UTC,
    timezone(timedelta(hours=5, minutes=30), "IST"),
    BERLIN,
    frozenset({1, "a", (2.5, None), frozenset({b"x"})}),
    PurePosixPath("a/../b"),
    PurePosixPath("//server/x"),
    PureWindowsPath("C:\\a\\b"),
    "\ud83d\ude00",
    "a\udfff\ud800\udc00\ud800",
    "\U0001f600",
]
UNHASHABLE: list[Any] = [
    bytearray(b"\0\xff"),
    set(),
    {1, 2.5, "x", None, (1, 2), b"b", frozenset(), ODD_NAN},
    slice(None),
    slice(1, 10**700, None),
    slice("a", (1, 2), 2.5),
    deque([1, [2]]),
    deque([1, 2], maxlen=2),
    deque(maxlen=0),
    defaultdict(None, a=1),
    defaultdict(list, {1: [2]}),
    defaultdict(deque, {"$": deque([1])}),
    Counter("aab"),
    OrderedDict(b=1, a=2),
    {"\ud83d\ude00": 1, "\U0001f600": 2},
]


@pytest.mark.parametrize(
    "value", [*HASHABLE, Decimal("sNaN7"), *UNHASHABLE], ids=lambda value: type(value).__name__
)
def test_a_value_comes_back(registry: Registry, value: Any) -> None:
    registry.save("inside", {"a": [value, (value,)]})
    assert same(registry.load("inside"), {"a": [value, (value,)]})
    if not isinstance(value, bytearray):
        registry.save("alone", value)
        assert same(registry.load("alone"), value)


@pytest.mark.parametrize("value", HASHABLE, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_as_a_key_and_as_an_element(registry: Registry, value: Any) -> None:
    tree = {value: np.arange(3), (1, value): {value}}
    registry.save("keys", tree)
    loaded = registry.load("keys")
    assert same(list(loaded), list(tree))
    assert np.array_equal(next(iter(loaded.values())), np.arange(3))
    assert same(list(loaded.values())[1], {value})


@pytest.mark.parametrize("capitals", [0, 1])
def test_decimals_do_not_depend_on_the_context(registry: Registry, capitals: int) -> None:
    with localcontext() as context:
        context.capitals, context.prec, context.Emax = capitals, 2, 5
        registry.save("d", [Decimal("1.2345E+100")])
        assert same(registry.load("d"), [Decimal("1.2345E+100")])


floats = st.floats()
zones = st.none() | st.timezones() | st.builds(timezone, st.timedeltas(timedelta(-0.99), timedelta(0.99)))
named = st.builds(timezone, st.timedeltas(timedelta(-0.99), timedelta(0.99)), st.text(max_size=3))
hashable = st.one_of(
    st.none(),
    st.integers() | st.integers(-(1 << 3000), 1 << 3000),
    floats,
    st.complex_numbers(),
    st.text(st.characters(exclude_categories=()), max_size=5)
    | st.text(st.sampled_from("\ud800\ud83d\ude00\U0001f600a"), max_size=4),
    st.binary(max_size=5),
    st.decimals().filter(lambda number: not number.is_snan()),  # has no hash
    st.fractions(),
    st.uuids(),
    st.dates(),
    st.times(timezones=zones | named),
    st.datetimes(timezones=zones | named, allow_imaginary=True),
    st.timedeltas(),
    st.builds(range, st.integers(), st.integers(), st.integers(1)),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5).map(PurePosixPath),
)
keys = st.recursive(
    hashable,
    lambda inner: st.frozensets(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)
trees = st.recursive(
    hashable | st.binary(max_size=5).map(bytearray) | st.just(np.arange(3.0)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.builds(deque, st.lists(inner, max_size=3), st.none() | st.integers(0, 5)),
        st.dictionaries(keys, inner, max_size=4),
        st.builds(defaultdict, st.sampled_from([None, int, list, dict]), st.dictionaries(keys, inner)),
        st.sets(keys, max_size=4),
        st.builds(slice, keys, keys, keys),
    ),
    max_leaves=12,
)


@given(trees)
def test_nested_values_come_back_in_type_value_and_bits(tree: Any) -> None:
    registry = Registry("memory://")
    registry.save("tree", tree)
    assert same(registry.load("tree"), tree)


def test_equal_sets_are_stored_alike(registry: Registry) -> None:
    words = [f"word {n}" for n in range(50)]
    first = registry.save("a", {"tags": set(words), frozenset(words): 1})
    words.reverse()
    second = registry.save("b", {"tags": set(words), frozenset(words): 1})
    assert first.content == second.content


def test_a_list_that_is_there_twice_is_two_lists(registry: Registry) -> None:
    shared = [1]
    registry.save("x", [shared, shared])
    loaded = registry.load("x")
    assert loaded == [[1], [1]]
    assert loaded[0] is not loaded[1]


class Zone(tzinfo):
    pass


class MyDict(dict):  # type: ignore[type-arg]
    pass


class MyInt(int):
    pass


def of_a_file(key: str | None) -> ZoneInfo:
    """A zone without any changes, as of a program's own database."""
    numbers = (0, 0, 0, 0, 1, 4)  # of one type of time, and of four letters
    data = b"TZif2" + bytes(15) + struct.pack(">6l", *numbers) + struct.pack(">lbb", 3600, 0, 0) + b"ABC\0"
    return ZoneInfo.from_file(io.BytesIO(data + data + b"\nABC-1\n"), key=key)


def counted() -> Counter[str]:
    counter = Counter("a")
    counter.source = "x"  # type: ignore[attr-defined]
    return counter


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Path("model.bin"), "no file: save the file under a name of its own, or give PurePath"),
        (memoryview(b"x"), r"give bytes\(view\)"),
        (MyDict(a=1), r"MyDict would come back as a plain dict.*: give dict\(value\)"),
        (MyInt(1), r"give int\(value\)"),
        (np.array([None]), r"give array.tolist\(\)"),
        (defaultdict(lambda: 0), r"give dict\(value\)"),
        (defaultdict(partial(defaultdict, int)), r"give dict\(value\)"),
        (datetime(2024, 1, 1, tzinfo=Zone()), "time zone of class .*Zone: give a zoneinfo.ZoneInfo"),
        (of_a_file(None), r"give ZoneInfo\('Europe/Berlin'\)"),
        (datetime(2024, 1, 1, tzinfo=of_a_file("My/Zone")), "ZoneInfo of a file of its own"),
        (counted(), "Counter with attributes of its own"),
        (int, "the class builtins.int is no value: give its name"),
        (test_equal_sets_are_stored_alike, "does not know how to keep a builtins.function"),
        (object(), "make it a dataclass"),
    ],
)
def test_what_would_come_back_otherwise_is_refused_where_it_is(
    registry: Registry, value: Any, told: str
) -> None:
    with pytest.raises(InvalidInput, match=rf"(?s)at steps\.1.*{told}") as caught:
        registry.save("x", {"steps": [1, value]})
    assert caught.value.at == "steps.1"
    assert registry.list_objects() == []


def test_a_key_that_cannot_be_kept_is_refused_where_it_is(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"at a key of steps: .*MyInt"):
        registry.save("x", {"steps": {MyInt(1): 1}})
    with pytest.raises(InvalidInput, match=r"at an element of steps: .*MyInt"):
        registry.save("x", {"steps": {MyInt(1)}})


def test_only_and_into_reach_into_containers(registry: Registry) -> None:
    tree = {
        "queue": deque([np.ones(2), np.zeros(3)], maxlen=4),
        "found": defaultdict(list, {UUID(int=5): np.ones(4)}),
        "tags": {"a", "b"},
    }
    registry.save("t", tree)
    assert same(registry.load("t", only="queue.1"), {"queue": deque([np.zeros(3)], maxlen=4)})
    assert same(registry.load("t", only=["tags"]), {"tags": {"a", "b"}})
    only = registry.load("t", only=f"found.{UUID(int=5)}")
    assert same(only, {"found": tree["found"]})
    with pytest.raises(NotFound):
        registry.load("t", only="tags.*b")

    into = {
        "queue": deque([np.zeros(2), np.ones(3)]),
        "found": defaultdict(list, {UUID(int=5): np.zeros(4)}),
    }
    loaded = registry.load("t", into=into)
    assert same(loaded, tree)
    assert loaded["queue"][0] is into["queue"][0]
    assert loaded["found"][UUID(int=5)] is into["found"][UUID(int=5)]
    with pytest.raises(InvalidInput, match="into= has nothing at"):
        registry.load("t", into={**into, "found": (empty := defaultdict(list))})
    assert not empty
