"""No parser raises anything but its own error, whatever it is given; what it accepts keeps its promise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.fuzz.target import Target
from tools.fuzz.targets import TARGETS

every_target = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
NUMBERS = [0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
WORDS = [
    *[str(n).encode() for n in (-1, 0, 1 << 31, 1 << 63, 1 << 64)],
    b"1" * 400,
    b"1" * 5000,
    *b'NaN Infinity 1e999 null {} [] "" true .. / \\ @ ~ % , "\\ud800" \xff \0 \xe2\x80\xa8'.split(b" "),
    b"[" * 2000,
    b'{"a":' * 2000,
    b'"a":1,"a":2',
]


@st.composite
def mutations(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Good input after one to four changes: cut, flipped, overwritten, spliced, repeated."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        at, end = sorted(draw(st.integers(0, len(data))) for _ in range(2))
        how = draw(st.sampled_from(["cut", "remove", "flip", "number", "word", "noise", "repeat", "move"]))
        if how == "cut":
            del data[end:]
        elif how == "remove":
            del data[at:end]
        elif how == "flip" and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "number":
            width = draw(st.sampled_from([1, 4, 8]))
            value = draw(st.sampled_from(NUMBERS)) & ((1 << 8 * width) - 1)
            data[at : at + width] = value.to_bytes(width, "little")
        elif how == "word":
            data[at : end if draw(st.booleans()) else at] = draw(st.sampled_from(WORDS))
        elif how == "noise":
            data[at:at] = draw(st.binary(max_size=20))
        elif how == "repeat":
            data[at:end] = bytes(data[at:end]) * draw(st.sampled_from([2, 3, 50]))
        elif how == "move":
            piece = bytes(data[at:end])
            to = draw(st.integers(0, len(data)))
            data[to:to] = piece
    return bytes(data)


@every_target
def test_what_it_is_for_is_accepted(target: Target) -> None:
    assert all(target.try_on(seed) for seed in target.seeds)


@every_target
@given(data=st.data())
def test_good_input_changed_and_noise(target: Target, data: st.DataObject) -> None:
    target.try_on(data.draw(mutations(target.seeds) | st.binary(max_size=200)))


@every_target
def test_every_truncation(target: Target) -> None:
    for seed in target.seeds:
        for size in range(0, len(seed), max(1, len(seed) // 80)):
            target.try_on(seed[:size])


@every_target
def test_words_that_mean_something_else(target: Target) -> None:
    for word in WORDS:
        target.try_on(word)
