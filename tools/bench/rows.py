"""Rows of the table: from seconds per round to figures, ratios, and whether the target is met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    measurement: str
    casreg: float
    """The median of the rounds, in ``unit``."""
    casreg_best: float
    unit: str
    peer: float | None = None
    """The median, in ``unit``."""
    peer_is: str = ""
    ratio: float | None = None
    """casreg's time to the peer's, round by round: the median."""
    ratio_best: float | None = None
    target: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Unit:
    """How seconds are shown."""

    word: str
    of: Callable[[float], float]


SECONDS = Unit("s", lambda s: s)
MILLISECONDS = Unit("ms", lambda s: 1e3 * s)


def each(count: int) -> Unit:
    return Unit("ms each", lambda s: 1e3 * s / count)


def rate(size: int, word: str = "GB/s") -> Unit:
    """Decimal: a GB is 10**9 bytes."""
    scale = {"GB/s": 1e9, "MB/s": 1e6}[word]
    return Unit(word, lambda s: size / s / scale)


@dataclass(frozen=True)
class Target:
    """What is wanted of the ratio, or of casreg's figure."""

    word: str
    limit: float
    of_ratio: bool = False

    def __str__(self) -> str:
        return f"{self.word} {self.limit:g}{' x' if self.of_ratio else ''}"

    def met(self, figure: float, ratio: float | None) -> bool | None:
        value = ratio if self.of_ratio else figure
        if value is None:
            return None
        return value <= self.limit if self.word == "<=" else value >= self.limit


def ratio_at_most(limit: float) -> Target:
    return Target("<=", limit, of_ratio=True)


def at_most(limit: float) -> Target:
    return Target("<=", limit)


def at_least(limit: float) -> Target:
    return Target(">=", limit)


def row(
    measurement: str,
    taken: Sequence[float],
    unit: Unit,
    peer: Sequence[float] = (),
    peer_is: str = "",
    target: Target | None = None,
) -> Row:
    """A row from the seconds of each round, casreg's and the peer's. Medians decide on the target."""
    ratios = [ours / theirs for ours, theirs in zip(taken, peer, strict=True)] if peer else []
    figure = unit.of(median(taken))
    ratio = median(ratios) if ratios else None
    return Row(
        measurement=measurement,
        casreg=figure,
        casreg_best=unit.of(min(taken)),
        unit=unit.word,
        peer=unit.of(median(peer)) if peer else None,
        peer_is=peer_is,
        ratio=ratio,
        ratio_best=min(ratios, default=None),
        target=str(target or ""),
        met=target.met(figure, ratio) if target else None,
    )
