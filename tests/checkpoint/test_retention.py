"""What stays is what a rule names, whenever it is asked."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg import InvalidInput
from casreg.checkpoint import Checkpoint
from casreg.checkpoint.retention import Rules, ranked, retained

COUNT = st.none() | st.integers(1, 5)
MODE = st.sampled_from(["min", "max"])
VALUE = st.integers(-3, 3).map(float) | st.sampled_from([math.nan, math.inf, -math.inf])
METRICS = st.dictionaries(st.sampled_from(["loss", "other"]), VALUE)


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    return Rules(draw(COUNT), draw(COUNT), draw(COUNT), "loss", draw(MODE))


def made(metrics: dict[int, dict[str, float]]) -> list[Checkpoint]:
    return [Checkpoint(step, metrics[step]) for step in sorted(metrics)]


RUN = st.dictionaries(st.integers(0, 40), METRICS, max_size=20).map(made)


@given(RUN, rules())
def test_what_stays_is_what_one_of_the_rules_names_and_the_latest(run: list[Checkpoint], rule: Rules) -> None:
    steps = {c.step for c in run}
    latest = {max(steps)} if steps else set()
    last = set(sorted(steps)[-rule.keep_last :]) if rule.keep_last else set()
    every = {step for step in steps if rule.keep_every and step % rule.keep_every == 0}
    best = {c.step for c in ranked(run, "loss", rule.mode)[: rule.keep_best or 0]}
    assert retained(run, rule) == (latest | last | every | best if rule.delete else steps)


@given(RUN, rules())
def test_to_ask_after_each_step_leaves_what_asking_at_the_end_does(
    run: list[Checkpoint], rule: Rules
) -> None:
    left: list[Checkpoint] = []
    for checkpoint in run:
        stay = retained([*left, checkpoint], rule)
        left = [c for c in [*left, checkpoint] if c.step in stay]
    assert {c.step for c in left} == retained(run, rule)


@given(RUN, rules(), st.randoms(use_true_random=False))
def test_the_order_in_which_they_are_told_does_not_matter(
    run: list[Checkpoint], rule: Rules, rng: Any
) -> None:
    shuffled = list(run)
    rng.shuffle(shuffled)
    assert retained(shuffled, rule) == retained(run, rule)


@given(RUN, MODE)
def test_the_best_is_not_worse_than_any_other(run: list[Checkpoint], mode: Any) -> None:
    best, *_ = [*ranked(run, "loss", mode), None]
    values = [c.metrics["loss"] for c in run if not math.isnan(c.metrics.get("loss", math.nan))]
    assert (best and best.metrics["loss"]) == ({"min": min, "max": max}[mode](values) if values else None)
    assert best is None or best.step == max(
        c.step for c in run if c.metrics.get("loss") == best.metrics["loss"]
    )


def test_without_a_rule_all_stay() -> None:
    run = made({step: {"loss": 0.0} for step in range(5)})
    assert retained(run, Rules(metric="loss")) == set(range(5))


def test_neither_nan_nor_a_missing_metric_is_among_the_best() -> None:
    run = made({1: {"loss": math.nan}, 2: {}, 3: {"loss": 9.0}, 4: {"other": 0.0}})
    assert [c.step for c in ranked(run, "loss", "min")] == [3]
    assert retained(run, Rules(keep_best=4, metric="loss")) == {3, 4}


@pytest.mark.parametrize(
    "wrong",
    [
        {"keep_last": 0},
        {"keep_every": -1},
        {"keep_best": 1.5, "metric": "loss"},
        {"keep_last": True},
        {"keep_best": 1},
        {"mode": "lowest"},
    ],
)
def test_what_is_no_rule_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Rules(**wrong)
