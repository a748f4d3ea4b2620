"""One checkpoint, and how its version's metadata tells of it (spec/checkpoints.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import index
from typing import Any, Final, Self

from casreg.errors import InvalidInput
from casreg.registry.metadata import checked

STEP: Final = "step"
METRICS: Final = "metrics"
_MAX_STEP: Final = 10**18
"""A version's parts have at most 18 digits."""


@dataclass(frozen=True)
class Checkpoint:
    """A version that a Saver made."""

    step: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """The caller's own."""

    @classmethod
    def of(cls, step: int, metrics: Mapping[str, Any] | None, metadata: Mapping[str, Any] | None) -> Self:
        """What a caller describes, checked and copied. Raises InvalidInput naming what cannot be kept."""
        own = checked(metadata, "metadata")
        for taken in (STEP, METRICS):
            if taken in own:
                raise InvalidInput(f"metadata has the key {taken!r}, under which a Saver keeps its own")
        named = {} if metrics is None else dict(metrics)
        return cls(as_step(step), {_name(name): _metric(name, named[name]) for name in named}, own)

    @property
    def version(self) -> str:
        """The step in decimal: ``latest`` is the highest step."""
        return str(self.step)

    def encode(self) -> dict[str, Any]:
        """Metadata of the version."""
        metrics = {
            name: value if math.isfinite(value) else repr(value) for name, value in self.metrics.items()
        }
        return {**self.metadata, STEP: self.step, METRICS: metrics}

    @classmethod
    def decode(cls, version: str, metadata: Mapping[str, Any]) -> Self | None:
        """What a version's metadata tells; None if no Saver made that version."""
        step, metrics = metadata.get(STEP), metadata.get(METRICS)
        if type(step) is not int or str(step) != version or not isinstance(metrics, dict):
            return None
        if not all(_is_written(value) for value in metrics.values()):
            return None
        values = {name: float(value) for name, value in metrics.items()}
        own = {key: value for key, value in metadata.items() if key not in (STEP, METRICS)}
        return cls(step, values, own)


@dataclass(frozen=True)
class Restored(Checkpoint):
    """A checkpoint with what was saved."""

    state: Any = field(default=None, repr=False, compare=False)


def as_step(step: Any) -> int:
    """Raises InvalidInput for what is no step."""
    try:
        number = index(step)
    except TypeError:
        raise InvalidInput(f"a step is an integer, not {type(step).__name__}") from None
    if isinstance(step, bool) or not 0 <= number < _MAX_STEP:
        raise InvalidInput(f"{step} is no step: an integer from 0 on, of at most 18 digits")
    return number


def _is_written(value: object) -> bool:
    """Whether :meth:`Checkpoint.encode` may have written this metric."""
    if type(value) is int:
        return -(1 << 63) <= value < 1 << 64
    return type(value) is float or value in ("nan", "inf", "-inf")


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise InvalidInput(f"the name of a metric is a string, not {type(name).__name__}")
    return name


def _metric(name: str, value: Any) -> float:
    """A number of Python, or an array or tensor that holds one."""
    item = getattr(value, "item", None)
    try:
        number = item() if callable(item) else value
        if not isinstance(number, str | bytes | bool):
            return float(number)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        pass
    raise InvalidInput(f"the metric {name!r} is a {type(value).__name__}, no number")
