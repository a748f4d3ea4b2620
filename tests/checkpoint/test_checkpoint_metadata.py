"""What a version's metadata tells of a checkpoint, whoever wrote it."""

import math

from hypothesis import given
from hypothesis import strategies as st

from casreg.checkpoint import Checkpoint

NUMBERS = st.floats() | st.integers(-(1 << 63), 1 << 63)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["nan", "inf", "0.5", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.integers(0, 10**18 - 1), st.dictionaries(st.text(max_size=5), NUMBERS), st.integers())
def test_what_was_told_is_read_again(step: int, metrics: dict[str, float], own: int) -> None:
    made = Checkpoint.of(step, metrics, {"own": own % 1000})
    read = Checkpoint.decode(made.version, made.encode())
    assert repr(read) == repr(made)
    assert all(type(value) in (float, str) for value in made.encode()["metrics"].values())
    assert all(math.isfinite(v) for v in made.encode()["metrics"].values() if type(v) is float)


@given(st.integers(0, 3) | JSON, st.dictionaries(st.sampled_from("ab"), JSON, max_size=2) | JSON)
def test_whatever_else_lies_there_is_no_checkpoint_or_one_that_could_have_been_told(
    step: object, metrics: object
) -> None:
    for version in ("1", "2.5", "01"):
        read = Checkpoint.decode(version, {"step": step, "metrics": metrics})
        assert read is None or (read.version == version and set(read.encode()) == {"step", "metrics"})
