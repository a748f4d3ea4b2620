"""How far floats moved: against ml_dtypes, and against numpy on all of the tensor at once."""

import math

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from casreg.arrays import BY_ML_DTYPES
from casreg.registry.differences import tally
from casreg.registry.differences.floats import FLOATS, numbers
from casreg.registry.differences.tally import counted

NAMES = {word: getattr(ml_dtypes, name) for name, word in BY_ML_DTYPES.items()}


@pytest.mark.parametrize("word", NAMES)
def test_every_bit_pattern_is_the_number_that_ml_dtypes_says(word: str) -> None:
    width = np.dtype(NAMES[word]).itemsize
    raw = np.arange(1 << 8 * width, dtype=f"<u{width}")
    with np.errstate(invalid="ignore"):
        expected = raw.view(NAMES[word]).astype(np.float64)
    found = numbers(memoryview(raw.tobytes()), word)
    assert np.array_equal(found, expected, equal_nan=True)
    assert np.array_equal(np.signbit(found), np.signbit(expected)) or np.isnan(found).any()


def test_no_word_of_a_float_is_left_out() -> None:
    assert set(NAMES) | {"F16", "F32", "F64", "C64"} == FLOATS


PAIRS = arrays.array_shapes(max_dims=1, max_side=50).flatmap(
    lambda shape: st.tuples(
        *[arrays.arrays(np.float64, shape, elements=st.floats(width=64, allow_subnormal=True))] * 2
    )
)


@given(PAIRS, st.sampled_from([8, 64, 1 << 18]))
def test_counts_and_norms_are_those_of_the_whole(pair: tuple[np.ndarray, np.ndarray], at_once: int) -> None:
    a, b = pair
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "_AT_ONCE", at_once)
        found = counted("F64", memoryview(a.tobytes()), memoryview(b.tobytes()))
    differ = a.view(np.uint64) != b.view(np.uint64)
    finite = np.isfinite(a) & np.isfinite(b)
    assert found.changed == np.count_nonzero(differ)
    assert found.nonfinite == np.count_nonzero(differ & ~finite)
    with np.errstate(over="ignore"):
        moves = [float(move) for move in b[finite] - a[finite]]
    assert found.largest == max(map(abs, moves), default=0.0)
    assert found.moved == pytest.approx(math.hypot(*moves), rel=1e-12, abs=0)
    assert found.length == pytest.approx(math.hypot(*map(float, a[np.isfinite(a)])), rel=1e-12, abs=0)


def test_a_nan_that_stays_has_not_changed_and_a_zero_that_gets_a_sign_has() -> None:
    a, b = np.array([math.nan, 0.0, math.inf, 2.0]), np.array([math.nan, -0.0, 1.0, 2.0])
    found = counted("F64", memoryview(a.tobytes()), memoryview(b.tobytes()))
    assert (found.changed, found.nonfinite, found.norms.l2, found.norms.largest) == (2, 1, 0.0, 0.0)
    assert found.norms.relative == 0.0


def test_complex_numbers_count_once_and_move_in_both_parts() -> None:
    a, b = np.array([1 + 1j, 2], np.complex64), np.array([4 + 5j, 2], np.complex64)
    found = counted("C64", memoryview(a.tobytes()), memoryview(b.tobytes()))
    assert (found.changed, found.moved, found.largest) == (1, 5.0, 4.0)


def test_integers_and_unknown_words_are_counted_and_not_measured() -> None:
    a, b = np.arange(100, dtype=np.int32), np.arange(100, dtype=np.int32)
    b[7:9] = 1
    assert counted("I32", memoryview(a.tobytes()), memoryview(b.tobytes())).changed == 2
    assert counted("Q4_K", memoryview(b"abcd"), memoryview(b"abXY")).changed == 2
