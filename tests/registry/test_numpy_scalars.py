"""Single values of numpy's types come back as such."""

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from sameness import same

from casreg import InvalidInput, Registry

ROWS = np.array([(1, [0.5, -0.0], b"ab")], [("a", ">i4"), ("b", "<f8", (2,)), ("c", "S4")])
SCALARS: list[Any] = [
    np.datetime64("2024-02-29T01:02:03.000000004"),
    np.datetime64("NaT"),
    np.datetime64("NaT", "25s"),
    np.datetime64(-1, "Y"),
    np.timedelta64(5),
    np.timedelta64(-7, "us"),
    np.str_("aé\ud800\udc00\0"),
    np.str_(""),
    np.bytes_(b"\0ab\0"),
    np.void(b"abc"),
    ROWS[0],
    np.longdouble(1) / 3,
    np.clongdouble(1 - 2j) / 3,
    np.longlong(-(2**63)),
    np.ulonglong(2**64 - 1),
    ml_dtypes.bfloat16(1.5),
    ml_dtypes.float8_e4m3fn("nan"),
]


@pytest.mark.parametrize("value", SCALARS, ids=lambda value: f"{type(value).__name__} {value.dtype}")
def test_a_scalar_comes_back(registry: Registry, value: Any) -> None:
    registry.save("x", {"a": [value]})
    assert same(registry.load("x"), {"a": [value]})
    registry.save("alone", value)
    assert same(registry.load("alone"), value)


@pytest.mark.parametrize(
    "value", [s for s in SCALARS if not isinstance(s, np.void) and s.dtype != "m8"], ids=str
)
def test_a_scalar_comes_back_as_a_key(registry: Registry, value: Any) -> None:
    registry.save("x", {value: np.ones(2), (1, value): {value}})
    assert same(list(registry.load("x")), [value, (1, value)])


def test_text_of_numpy_keeps_what_numpy_does_not_show(registry: Registry) -> None:
    registry.save("x", [np.str_("a\0"), np.bytes_(b"a\0")])
    text, data = registry.load("x")
    assert ("".join(text), bytes.hex(data)) == ("a\0", "6100")


@pytest.mark.parametrize(
    "value", [np.array([(1, None)], [("a", "i4"), ("b", "O")])[0], np.rec.array([(1,)], [("a", "i4")])[0]]
)
def test_a_scalar_that_would_come_back_otherwise_is_refused_where_it_is(
    registry: Registry, value: Any
) -> None:
    with pytest.raises(InvalidInput, match=r"at a\.0: "):
        registry.save("x", {"a": [value]})
