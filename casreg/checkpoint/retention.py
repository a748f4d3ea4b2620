"""Which checkpoints of a run stay: a pure function of what they are and of the rules."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from casreg.checkpoint.checkpoint import Checkpoint
from casreg.errors import InvalidInput

Mode = Literal["min", "max"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Each rule names checkpoints that stay; with no rule all do. Raises InvalidInput for what is no rule."""

    keep_last: int | None = None
    """So many with the highest steps."""
    keep_every: int | None = None
    """Those whose step this number divides."""
    keep_best: int | None = None
    """So many with the best ``metric``."""
    metric: str | None = None
    mode: Mode = "min"
    """Which values of it are better: low ones or high ones."""

    def __post_init__(self) -> None:
        for name, value in (
            ("keep_last", self.keep_last),
            ("keep_every", self.keep_every),
            ("keep_best", self.keep_best),
        ):
            if value is not None and (type(value) is not int or value < 1):
                raise InvalidInput(f"{name}={value!r}: an integer from 1 on, or None")
        if self.mode not in get_args(Mode):
            raise InvalidInput(f"mode={self.mode!r}: 'min' or 'max'")
        if self.keep_best is not None and self.metric is None:
            raise InvalidInput("keep_best= needs metric=, the name of the metric that tells the best")

    @property
    def delete(self) -> bool:
        """Whether there is a rule: without one nothing is ever deleted."""
        return (self.keep_last, self.keep_every, self.keep_best) != (None, None, None)


def retained(checkpoints: Iterable[Checkpoint], rules: Rules) -> set[int]:
    """The steps that stay: what any rule names, and always the highest. Steps are distinct."""
    known = sorted(checkpoints, key=lambda checkpoint: checkpoint.step)
    if not rules.delete:
        return {checkpoint.step for checkpoint in known}
    stay = known[-(rules.keep_last or 1) :]
    if rules.keep_every:
        stay += [checkpoint for checkpoint in known if checkpoint.step % rules.keep_every == 0]
    if rules.keep_best and rules.metric is not None:
        stay += ranked(known, rules.metric, rules.mode)[: rules.keep_best]
    return {checkpoint.step for checkpoint in stay}


def ranked(checkpoints: Iterable[Checkpoint], metric: str, mode: Mode) -> list[Checkpoint]:
    """Best first, of equals the later one; without those that lack the metric or have NaN for it."""
    judged = [c for c in checkpoints if not math.isnan(c.metrics.get(metric, math.nan))]
    sign = 1 if mode == "min" else -1
    return sorted(judged, key=lambda c: (sign * c.metrics[metric], -c.step))
