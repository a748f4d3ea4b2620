"""Conditions over metadata, and moments in time, as text."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg import InvalidInput
from casreg.registry import moments
from casreg.registry.conditions import parse

METADATA: dict[str, Any] = {
    "loss": 0.25,
    "epoch": 3,
    "done": True,
    "stage": "prod",
    "note": None,
    "tags": ["vision", 7],
    "optim": {"lr": 1e-4, "betas": [0.9, 0.999], "a.b": {"c": 1}},
    "optim.lr": 2,
    "text": "run 12 of 20",
}


def holds(text: Any) -> bool:
    return all(condition.holds(METADATA) for condition in parse(text))


TRUE = [
    "loss<0.3",
    "loss <= 0.25",
    "loss>0",
    "epoch>=3",
    "epoch=3",
    "epoch==3.0",
    "epoch!=4",
    "done=true",
    "done!=1",
    "note=null",
    "note",
    "!owner",
    "stage=prod",
    'stage="prod"',
    "stage<q",
    "stage!=dev",
    "stage!=3",
    "optim.betas=[0.9, 0.999]",
    "optim.a.b.c=1",
    "optim.lr=2",
    "tags~vision",
    "tags~7",
    "text~12",
    "text~run",
    'text~"of 20"',
    "optim~betas",
    {"optim": METADATA["optim"]},
    {"stage": "prod", "epoch": 3.0},
    ["loss<0.3", {"epoch": 3}],
    [],
    {},
]
FALSE = [
    "loss<0.25",
    "loss<x",
    "stage<3",
    "stage>3",
    "stage=",
    "epoch=true",
    "done=1",
    "done>0",
    "note<1",
    "owner",
    "!note",
    "owner!=me",
    "owner=null",
    "owner<1",
    "optim.lr.x=1",
    "optim.wd",
    "epoch~3",
    "done~true",
    "tags~vis",
    "tags~true",
    "tags=vision",
    "optim.betas=[0.9]",
    "loss=NaN",
    "loss<NaN",
    {"stage": "prod", "epoch": 4},
    ["loss<0.3", "epoch>3"],
]


@pytest.mark.parametrize("text", TRUE, ids=str)
def test_what_holds(text: Any) -> None:
    assert holds(text)


@pytest.mark.parametrize("text", FALSE, ids=str)
def test_what_does_not(text: Any) -> None:
    assert not holds(text)


@pytest.mark.parametrize(
    "text", ["", " ", "<3", "=", "!", "!=3", "!a=3", "loss<", "loss ~ ", "a!b", 3, [3], None]
)
def test_what_is_no_condition_is_told_by_name(text: Any) -> None:
    with pytest.raises(InvalidInput) as told:
        parse(text)
    assert "condition" in str(told.value) or "where=" in str(told.value)
    with pytest.raises(InvalidInput, match=r"where\.when is a datetime"):
        parse({"when": datetime.now(UTC)})


def test_the_first_that_has_the_key_decides() -> None:
    (condition,) = parse("optim.lr<1")
    assert condition.holds({"optim": {"lr": 0.5}}, {"optim": {"lr": 3}})
    assert not condition.holds({"optim": {"lr": 3}}, {"optim": {"lr": 0.5}})
    assert condition.holds({"optim": {"wd": 3}}, {"optim": {"lr": 0.5}})


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.5, 1.0, -2.0])
    | st.text("ab", max_size=2)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("a", max_size=1), inner)
)


@given(VALUES, VALUES)
def test_comparisons_of_any_two_values_are_consistent(a: Any, b: Any) -> None:
    import json

    def true(word: str) -> bool:
        (condition,) = parse(f"x{word}{json.dumps(b)}")
        return condition.holds({"x": a})

    assert true("=") != true("!=")
    assert true("=") == parse({"x": b})[0].holds({"x": a})
    assert true("=") == parse({"x": a})[0].holds({"x": b})
    assert true("<=") <= (true("<") or true("="))
    assert not (true("<") and true(">="))
    assert true("<") + true(">") + (true("<=") and true(">=")) in (0, 1)


NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)


def test_moments_in_the_past_by_their_distance() -> None:
    for given_, ago in (
        ("7d", timedelta(days=7)),
        ("1d12h", timedelta(hours=36)),
        (" 90s ", timedelta(seconds=90)),
        ("2w", timedelta(14)),
        ("5m", timedelta(minutes=5)),
        (timedelta(hours=1), timedelta(hours=1)),
    ):
        assert moments.first(given_, NOW, "since") == moments.last(given_, NOW, "until") == NOW - ago


def test_a_day_is_all_of_it_in_local_time() -> None:
    for day in ("2025-03-09", date(2025, 3, 9)):
        assert moments.first(day, NOW, "since") == datetime(2025, 3, 9).astimezone()
        assert moments.last(day, NOW, "until") == datetime(2025, 3, 9, 23, 59, 59, 999999).astimezone()


def test_a_time_is_local_unless_it_names_a_zone() -> None:
    zoned = datetime(2025, 3, 9, 1, tzinfo=timezone(timedelta(hours=5)))
    for given_ in (zoned, "2025-03-09T01:00+05:00", "2025-03-08 20:00Z"):
        assert moments.first(given_, NOW, "since") == zoned
    assert moments.first("2025-03-09T01:00", NOW, "since") == datetime(2025, 3, 9, 1).astimezone()
    assert moments.first(datetime(2025, 3, 9, 1), NOW, "since") == datetime(2025, 3, 9, 1).astimezone()


@pytest.mark.parametrize(
    "bad",
    ["", "soon", "7", "7y", "d", "2025-13-01", "0001-01-01", "999999999w", timedelta.max, date.min, 3, None],
)
def test_what_is_no_moment_is_told_with_the_argument(bad: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^since="):
        moments.first(bad, NOW, "since")
