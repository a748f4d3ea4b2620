"""Training in phases, from a seed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from casreg.demo.network import Adam, Network
from casreg.demo.plan import Phase, Plan
from casreg.demo.text import Text

_RATE = 1e-3
_AVERAGED = 10
"""Steps over which a loss is averaged before it is told."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step came to."""

    phase: Phase
    number: int
    """Of all steps, from 1."""
    loss: float
    """In nats per byte, averaged over the last few steps of the phase."""
    last: bool
    """Of its phase."""


class Training:
    """One network being trained; iterate :meth:`steps` once."""

    def __init__(self, plan: Plan, text: Text) -> None:
        self.plan = plan
        self._texts = {
            "code": np.frombuffer(text.code, np.uint8),
            "prose": np.frombuffer(text.prose, np.uint8),
        }
        self._random = np.random.default_rng(plan.seed)
        self.network = Network(plan, self._random)

    def steps(self) -> Iterator[Step]:
        """Train, and tell each step. Phases are cut short when the plan's seconds are used up."""
        spent, number, allowed = 0.0, 0, 0.0
        for phase in self.plan.phases:
            allowed += self.plan.seconds * phase.share
            count = max(2, round(self.plan.steps * phase.share))
            adam, losses = Adam(_RATE), []
            for done in range(1, count + 1):
                start = time.perf_counter()
                losses.append(self._step(phase, adam))
                spent += time.perf_counter() - start
                number += 1
                last = done == count or (done >= 2 and spent > allowed)
                yield Step(phase, number, float(np.mean(losses[-_AVERAGED:])), last)
                if last:
                    break

    def checkpoint(self, step: Step) -> dict[str, Any]:
        """What is saved: the network's own arrays, and plain values beside them."""
        return {
            "weights": self.network.weights,
            "step": step.number,
            "loss": step.loss,
            "phase": step.phase.what,
        }

    def _step(self, phase: Phase, adam: Adam) -> float:
        text, context = self._texts[phase.text], self.plan.context
        starts = self._random.integers(0, len(text) - context, self.plan.batch)
        seen = text[starts[:, None] + np.arange(context)]
        loss, gradients = self.network.gradients(seen, text[starts + context], phase.trained)
        adam.step(self.network.weights, gradients)
        return loss
