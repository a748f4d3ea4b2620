"""JSON texts: one for one value, and no text read that two readers might understand differently."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg.canonical import distinct, dumps, loads, refuse_constant

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
TEXTS = st.builds(
    lambda value, spaced, escaped: json.dumps(
        value, ensure_ascii=escaped, separators=None if spaced else (",", ":")
    ),
    VALUES,
    st.booleans(),
    st.booleans(),
)
MARKS = st.sampled_from(
    [*'{}[],:"\\ .-+eE019ua\n', '"a":1,', '{"a":1,"a":1}', "1e999", "NaN", "\\ud800", "-0"]
)


def read_by_python(data: bytes) -> Any:
    """ValueError for what is no JSON, or not the same to everybody."""
    value = json.loads(data.decode(), object_pairs_hook=distinct, parse_constant=refuse_constant)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)  # infinite numbers
    text.encode()  # lone surrogates
    return value


def refused(data: bytes) -> bool:
    try:
        loads(data)
    except ValueError:
        return True
    return False


@given(VALUES)
def test_a_value_comes_back_from_its_text(value: Any) -> None:
    assert repr(loads(dumps(value))) == repr(json.loads(json.dumps(value, sort_keys=True)))


@given(TEXTS, st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), MARKS), max_size=2))
def test_any_text_is_read_as_python_reads_it_or_refused_with_it(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    for at, dropped, mark in edits:
        text = text[:at] + mark + text[at + dropped :]
    data = text.encode()
    try:
        expected = read_by_python(data)
    except ValueError:
        assert refused(data)
    else:
        assert repr(loads(data)) == repr(expected)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '[{"a":{"b":1,"b":2}}]',
        "NaN",
        "[Infinity]",
        "-Infinity",
        "1e999",
        '"\\ud800"',
        "9" * 5000,
        "[" * 202 + "]" * 202,
        "[" * 100_000 + "]" * 100_000,
        "",
        "1 2",
        "\ufeff1",
        "01",
    ],
)
def test_what_two_readers_might_understand_differently_is_refused(text: str) -> None:
    assert refused(text.encode())


def test_a_text_that_is_not_utf8_is_refused() -> None:
    assert refused(b'"\xff"')


@pytest.mark.parametrize("number", ["1.0", "1e-05", "0.1", "5e-324", "1.7976931348623157e+308", "9" * 4000])
def test_numbers_are_read_to_the_last_digit(number: str) -> None:
    found = loads(number.encode())
    assert found == json.loads(number)
    assert math.isfinite(found) if isinstance(found, float) else str(found) == number
