"""delta: exact for every bit pattern, as spec/codecs.md has it, refused where it lies."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import delta_reference
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg.codecs import delta, planes
from casreg.codecs._delta_elements import Order
from casreg.codecs._delta_sample import NO_EXPONENT, SHIFTS
from casreg.errors import Corrupt
from tools.golden.deltas import deltas
from tools.golden.inputs import made

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "spec" / "vectors" / "delta.json").read_text(encoding="utf-8")
)
WIDTHS = st.sampled_from([1, 2, 4, 8])
SPECIAL = np.array(
    [0, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00001, 0xFFFFFFFF, 1, 0x80000001, 0x7F7FFFFF], np.uint32
)
"""Zeros, infinities, NaN, subnormals, the largest: as fp32."""


@st.composite
def pairs(draw: st.DrawFn) -> tuple[int, bytes, bytes]:
    """(width, plain, base): alike, unlike, or equal but for some."""
    width = draw(WIDTHS)
    count = draw(st.sampled_from([0, 1, 2, 511, 512, 513, 1500, 5000]))
    size = count * width + draw(st.integers(0, width - 1))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    plain = rng.integers(0, 256, size, np.uint8)
    match draw(st.sampled_from(["equal", "unlike", "near", "some"])):
        case "unlike":
            base = rng.integers(0, 256, size, np.uint8)
        case "near":
            elements = plain[: count * width].view(f"<u{width}")
            moved = elements + rng.integers(0, 5, count).astype(elements.dtype)
            base = np.concatenate([moved.view(np.uint8), plain[count * width :]])
        case "some":
            base = plain.copy()
            base[:: draw(st.integers(2, 900))] ^= np.uint8(draw(st.integers(1, 255)))
        case _:
            base = plain.copy()
    return width, plain.tobytes(), base.tobytes()


@st.composite
def ways(draw: st.DrawFn, width: int) -> delta.Way:
    shift = draw(st.sampled_from([*SHIFTS[width], 0, 8 * width - 1, NO_EXPONENT]))
    factor = 1.0
    if width == 4:
        factor = float(np.float32(draw(st.sampled_from([1.0, 0.98, 1e-30, -3.5, 3e38]))))
    return delta.Way(draw(st.sampled_from(Order)), shift, factor)


@given(st.data(), pairs())
def test_what_is_encoded_decodes_to_every_bit(data: Any, pair: tuple[int, bytes, bytes]) -> None:
    width, plain, base = pair
    stored = delta.encode(plain, base, width, data.draw(ways(width)))
    out = bytearray(len(plain))
    delta.decode(stored, base, memoryview(out))
    assert out == plain


@given(st.data(), pairs())
def test_it_is_what_the_specification_says(data: Any, pair: tuple[int, bytes, bytes]) -> None:
    width, plain, base = pair
    stored = delta.encode(plain, base, width, data.draw(ways(width)))
    assert delta_reference.undo(stored, base) == plain


@given(st.integers(0, 1 << 32), st.sampled_from([0.98, 1.5, -1.0, 1e-20, 3e38]))
def test_scaled_bases_keep_what_is_no_normal_number(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    base = np.concatenate([SPECIAL, rng.integers(0, 1 << 32, 2000, np.uint32), SPECIAL]).tobytes()
    plain = rng.permutation(np.frombuffer(base, np.uint32)).tobytes()
    way = delta.Way(Order.FLOATS, 23, float(np.float32(factor)))
    stored = delta.encode(plain, base, 4, way)
    out = bytearray(len(plain))
    delta.decode(stored, base, memoryview(out))
    assert out == plain
    assert delta_reference.undo(stored, base) == plain


@given(pairs())
def test_an_estimate_is_made_of_anything(pair: tuple[int, bytes, bytes]) -> None:
    width, plain, base = pair
    if len(plain) >= width:
        expected, way = delta.estimate(plain, base, width)
        assert expected > 0
        out = bytearray(len(plain))
        delta.decode(delta.encode(plain, base, width, way), base, memoryview(out))
        assert out == plain


def test_an_estimate_comes_near() -> None:
    rng = np.random.default_rng(0)
    base = (rng.standard_normal(1 << 18) * 0.05).astype(np.float32)
    plain = base + (rng.standard_normal(1 << 18) * 1e-5).astype(np.float32)
    expected, way = delta.estimate(plain.data.cast("B"), base.data.cast("B"), 4)
    stored = delta.encode(plain.data.cast("B"), base.data.cast("B"), 4, way)
    assert way == delta.Way(Order.INTEGERS, 23)
    assert abs(len(stored) / expected - 1) < 0.05


@pytest.mark.parametrize("dtype", ["F32", None])
def test_what_changes_its_sign_is_in_the_order_of_the_floats(dtype: str | None) -> None:
    rng = np.random.default_rng(0)
    plain, base = ((rng.standard_normal(1 << 16) * 1e-3).astype(np.float32) for _ in range(2))
    _, way = delta.estimate(plain.data.cast("B"), base.data.cast("B"), 4, dtype)
    assert way.order == Order.FLOATS


def test_what_shrinks_is_stored_without_its_sign() -> None:
    """Weight decay moves numbers of both signs towards zero, by their magnitude in one direction."""
    base = np.random.default_rng(0).standard_normal(1 << 16).astype(np.float32)
    plain = base * np.float32(1 - 1e-6)
    _, way = delta.estimate(plain.data.cast("B"), base.data.cast("B"), 4, "F32")
    assert way == delta.Way(Order.INTEGERS, 23)
    by_magnitude, in_order = (
        len(delta.encode(plain.data.cast("B"), base.data.cast("B"), 4, delta.Way(order, 23)))
        for order in (Order.INTEGERS, Order.FLOATS)
    )
    assert by_magnitude < 0.9 * in_order


@pytest.mark.parametrize("dtype", ["I32", "U32", "F32", "C64", "F16", "BF16", "F8_E4M3", "F64", "BOOL", None])
def test_an_estimate_by_the_type_is_made_of_anything(dtype: str | None) -> None:
    width = planes.choose_width(dtype) if dtype else 4
    assert width
    plain, base = (np.random.default_rng(n).bytes(5000) for n in range(2))
    _, way = delta.estimate(plain, base, width, dtype)
    out = bytearray(5000)
    delta.decode(delta.encode(plain, base, width, way), base, memoryview(out))
    assert out == plain


def test_what_decays_is_scaled() -> None:
    rng = np.random.default_rng(0)
    base = rng.standard_normal(1 << 16).astype(np.float32) ** 2
    plain = base * np.float32(0.999**20)
    _, way = delta.estimate(plain.data.cast("B"), base.data.cast("B"), 4)
    assert way.factor == pytest.approx(0.999**20, rel=1e-5)
    assert len(delta.encode(plain.data.cast("B"), base.data.cast("B"), 4, way)) < 0.05 * plain.nbytes


BASE = np.random.default_rng(1).integers(0, 256, 8000, np.uint8).tobytes()
STORED = delta.encode(BASE[::-1], BASE, 4, delta.Way(Order.FLOATS, 23))


@given(st.data())
def test_lies_are_refused_or_decode_to_something(data: Any) -> None:
    stored = bytearray(STORED)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(stored) - 1, 200)) | st.integers(0, len(stored) - 1))
        stored[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 3)) * data.draw(st.integers(0, 4000))
    out = memoryview(bytearray(len(BASE)))
    try:
        delta.decode(bytes(stored[: len(stored) - cut]), BASE, out)
    except Corrupt:
        return


@pytest.mark.parametrize("factor", [float("inf"), float("-inf"), float("nan"), 0.0, 1e-40])
def test_a_factor_that_is_no_normal_number_is_refused(factor: float) -> None:
    stored = bytearray(STORED)
    stored[3:7] = np.float32(factor).tobytes()
    with pytest.raises(Corrupt, match="scales"):
        delta.decode(bytes(stored), BASE, memoryview(bytearray(len(BASE))))


@given(st.binary(max_size=300))
def test_noise_is_refused(stored: bytes) -> None:
    with pytest.raises(Corrupt):
        delta.decode(stored, BASE, memoryview(bytearray(len(BASE))))


# --- golden vectors


def decoded(vector: dict[str, Any]) -> bytes:
    base = made(vector["base"])
    out = bytearray(len(base))
    delta.decode(b64decode(vector["stored"]), base, memoryview(out))
    return bytes(out)


@pytest.mark.parametrize("vector", VECTORS["decoded"], ids=lambda vector: vector["name"])
def test_golden_deltas_decode(vector: dict[str, Any]) -> None:
    assert decoded(vector) == b64decode(vector["plain"])
    assert delta_reference.undo(b64decode(vector["stored"]), made(vector["base"])) == b64decode(
        vector["plain"]
    )


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_golden_deltas_are_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(Corrupt):
        decoded(vector)
    with pytest.raises(delta_reference.REFUSED):
        delta_reference.undo(b64decode(vector["stored"]), made(vector["base"]))


def test_the_generator_makes_deltas_that_decode_to_the_same() -> None:
    """Not the same stored bytes: those are zstd's, of the version at hand."""
    again = deltas()
    assert again["refused"] == VECTORS["refused"]
    for new, old in zip(again["decoded"], VECTORS["decoded"], strict=True):
        assert [new[key] for key in ("name", "base", "plain")] == [
            old[key] for key in ("name", "base", "plain")
        ]
        assert decoded(new) == b64decode(old["plain"])


def test_the_golden_deltas_hold_every_width_order_and_way_to_store() -> None:
    heads = [b64decode(vector["stored"])[:11] for vector in VECTORS["decoded"]]
    assert {(head[0], head[1]) for head in heads} == {(w, order) for w in SHIFTS for order in Order}
    assert len({head[3:7] for head in heads}) > 4  # factors
    assert any(head[7:11] != bytes(4) for head in heads)  # escapes
