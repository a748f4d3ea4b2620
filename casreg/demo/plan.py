"""How large the demo is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training, at whose end a version is saved."""

    what: str
    text: str
    """``code`` or ``prose``."""
    trained: tuple[str, ...]
    """Layers that learn; the others are frozen."""
    share: float
    """Of all steps."""


ALL = ("embedding", "hidden1", "hidden2", "output")
HEAD = ("hidden2", "output")

PHASES = (
    Phase("learns Python sources, every layer", "code", ALL, 0.36),
    Phase("learns on, every layer", "code", ALL, 0.24),
    Phase("base frozen, the last two layers turn to prose", "prose", HEAD, 0.16),
    Phase("base frozen, the last two layers learn on", "prose", HEAD, 0.12),
    Phase("only the output layer is tuned", "prose", ("output",), 0.12),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that makes one demo larger than another. Same plan and machine: same weights."""

    context: int
    """Bytes that the network sees before it says which comes next."""
    embedding: int
    hidden1: int
    hidden2: int
    batch: int
    steps: int
    """Of all phases together."""
    text: int
    """Bytes of text that are read at most."""
    seconds: float
    """Training ends early rather than take longer than this on a slow machine."""
    seed: int = 20_240_229
    phases: tuple[Phase, ...] = PHASES


FULL = Plan(
    context=24, embedding=48, hidden1=1024, hidden2=1024, batch=128, steps=260, text=4 << 20, seconds=14.0
)
SMALL = Plan(
    context=12, embedding=32, hidden1=512, hidden2=512, batch=64, steps=50, text=1 << 20, seconds=5.0
)
