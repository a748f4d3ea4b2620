"""Stored bytes of the codec delta: what they decode to upon their bases, and what no reader takes."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np

from casreg.codecs import delta
from casreg.codecs._delta_elements import Order, restored
from casreg.codecs._delta_sample import NO_EXPONENT
from casreg.codecs.delta import Way
from tools.golden.deltas_by_hand import Case, by_hand, refused
from tools.golden.inputs import made

_EXPONENT = {1: 3, 2: 7, 4: 23, 8: 52}
"""Where that of e4m3, bf16, fp32, fp64 begins."""


def deltas() -> dict[str, Any]:
    return {
        "decoded": [*_encoded(), *map(_decoded, by_hand())],
        "refused": [
            {"name": name, "base": recipe, "stored": _text(stored)} for name, recipe, stored in refused()
        ],
    }


def _encoded() -> list[dict[str, Any]]:
    """What casreg's encoder makes."""
    both = [(width, order) for width in _EXPONENT for order in Order]
    near = [
        _made(f"near, {width} bytes, order {order}", width, 150, Way(order, _EXPONENT[width]), tail=width - 1)
        for width, order in both
    ]
    factors = [
        _made(f"scaled by {factor}", 4, 160, Way(Order.INTEGERS, 23, float(np.float32(factor))), tail=2)
        for factor in (0.98, -3.5, 1e-30, 3e38)
    ]
    shifts = [_made(f"shift {shift}", 2, 140, Way(Order.FLOATS, shift)) for shift in (0, 15, 16, NO_EXPONENT)]
    symbols = [
        _made(f"symbols of {bits} bits", 1, 135, Way(Order.INTEGERS, NO_EXPONENT), most=most, rare=20)
        for bits, most in ((1, 0), (2, 2), (4, 14))
    ]
    return [
        _made("nothing", 4, 0, Way(Order.FLOATS, 23)),
        _made("less than an element", 4, 0, Way(Order.FLOATS, 23), tail=3),
        _made("one element", 8, 1, Way(Order.INTEGERS, 52)),
        _made("as the base is", 2, 300, Way(Order.FLOATS, 7), most=0),
        *near,
        *factors,
        *shifts,
        *symbols,
        _made("unlike", 4, 130, Way(Order.FLOATS, 23), most=2**32 - 1),
        _made("stripes of every class", 4, 530, Way(Order.INTEGERS, 23), stripes=(0, 200, 60_000, 2**31)),
        _made("many groups", 1, 2600, Way(Order.INTEGERS, 3), most=5),
        _made("groups of two classes", 2, 1290, Way(Order.FLOATS, 7), stripes=(90, 9000), tail=1),
    ]


def _made(
    name: str,
    width: int,
    count: int,
    way: Way,
    *,
    most: int = 200,
    rare: int = 0,
    stripes: tuple[int, ...] = (),
    tail: int = 0,
) -> dict[str, Any]:
    """Of elements that differ from the base's by residuals of up to ``most``, but one of ``rare`` by any; or
    of up to each of ``stripes`` in turn, if those are given."""
    recipe = {"kind": "counter", "seed": f"delta: {name}", "size": count * width + tail}
    base = made(recipe)
    own = np.frombuffer(base, f"<u{width}", count)
    below = own if way.factor == 1 else delta._scaled(own, way.factor)
    noise = made({"kind": "counter", "seed": f"delta: residuals of {name}", "size": count * 8})
    numbers = np.frombuffer(noise, "<u8")
    largest = np.array(stripes or [most], np.uint64)[np.arange(count) // 128 % max(1, len(stripes))]
    residuals = (numbers >> np.uint64(16)) % (np.minimum(largest, 2 ** (8 * width) - 1) + np.uint64(1))
    if rare:
        residuals = np.where(numbers % np.uint64(rare) == 0, numbers >> np.uint64(40), residuals)
    plain = restored(residuals.astype(f"<u{width}"), below, way.order).tobytes() + bytes(range(1, tail + 1))
    return {
        "name": name,
        "base": recipe,
        "plain": _text(plain),
        "stored": _text(delta.encode(plain, base, width, way)),
    }


def _decoded(case: Case) -> dict[str, Any]:
    name, recipe, stored = case
    plain = bytearray(recipe["size"])
    delta.decode(stored, made(recipe), memoryview(plain))
    return {"name": name, "base": recipe, "plain": _text(plain), "stored": _text(stored)}


def _text(data: bytes | bytearray) -> str:
    return b64encode(data).decode()
