"""How far the tensors of a model moved, layer by layer."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from casreg.plots.canvas import ALARM, DARK, FAINT, STORED, figure, label, nothing, tidy, title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from casreg.registry.differences import Diff, TensorChange

_BARS: Final = 40
"""Tensors, or groups of them, that fit a picture."""
_DENSE: Final = 160
"""Or so many, in small print, where fewer would be too few."""
_FEW: Final = 8


class _Bar(NamedTuple):
    name: str
    tensors: int
    moved: float
    """L2 norm of the change."""
    length: float
    """L2 norm of what it was."""
    nonfinite: int
    """Changed elements that are or were NaN or infinite: they are in neither norm."""

    @property
    def relative(self) -> float | None:
        return self.moved / self.length if 0 < self.length < math.inf else None


def change(diff: Diff) -> Figure:
    """The length of the change of each tensor of floats that changed, by the length of what it was, in the
    order of the model: as names sort, numbers in them as numbers. Where there are more than 40, those whose
    names begin alike together; where that leaves a few only, up to 160 in small print; where neither helps,
    the 40 that moved farthest.

    Raises Unsupported without matplotlib.
    """
    changed = [_bar(tensor) for tensor in sorted(diff.tensors, key=_place) if tensor.norms]
    bars = _grouped(changed)
    dense = len(bars) > _BARS
    drawn = figure(8, 1.5 + (0.11 if dense else 0.22) * max(len(bars), 3))
    axes = drawn.subplots()
    title(drawn, f"Change per layer, {label(diff.a)} to {label(diff.b)}")
    tidy(axes, grid="x")
    if bars:
        _draw(axes, bars, small=5.5 if dense else 7)
        axes.set_xlabel(_below(diff, bars, len(changed)), fontsize=9)
    else:
        nothing(axes, "no floats changed")
    return drawn


def _bar(tensor: TensorChange) -> _Bar:
    norms = tensor.norms
    assert norms is not None
    return _Bar(tensor.name, 1, norms.l2, norms.length, norms.nonfinite)


def _place(tensor: TensorChange) -> list[Any]:
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in re.split(r"(\d+)", tensor.name)]


def _grouped(bars: list[_Bar]) -> list[_Bar]:
    """As many of the first words of the names as there is room for."""
    deepest = max((bar.name.count(".") + 1 for bar in bars), default=1)
    levels = [_by_first_words(bars, words) for words in range(deepest, 0, -1)]
    found = next((level for level in levels if len(level) <= _BARS), [])
    if len(found) < min(_FEW, len(bars)):
        found = next((level for level in levels if len(level) <= _DENSE), found)
    if found:
        return found
    farthest = sorted(bars, key=lambda bar: -math.inf if bar.relative is None else -bar.relative)[:_BARS]
    return [bar for bar in bars if bar in farthest]


def _by_first_words(bars: Iterable[_Bar], words: int) -> list[_Bar]:
    groups: dict[str, list[_Bar]] = {}
    for bar in bars:
        groups.setdefault(".".join(bar.name.split(".")[:words]), []).append(bar)
    return [_together(name, group) for name, group in groups.items()]


def _together(name: str, bars: Iterable[_Bar]) -> _Bar:
    group = list(bars)
    return _Bar(
        name,
        len(group),
        math.hypot(*(bar.moved for bar in group)),
        math.hypot(*(bar.length for bar in group)),
        sum(bar.nonfinite for bar in group),
    )


def _draw(axes: Any, bars: list[_Bar], small: float) -> None:
    known = [_shown(bar.relative) for bar in bars if bar.relative]
    least, most = min(known, default=1.0), max(known, default=1.0)
    left, right = 10 ** math.floor(math.log10(least) - 0.3), most * (most / least) ** 0.12 * 1.6
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    for y, bar in enumerate(bars):
        far = bar.relative
        end = left if not bar.moved else right if far is None else _shown(far)
        axes.barh(y, end - left, 0.7, left=left, color=FAINT if far is None else STORED)
        axes.annotate(
            _told(bar),
            (left if far is None else end, y),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=small,
            color=ALARM if bar.nonfinite else DARK,
        )
    axes.set_yticks(range(len(bars)), [_name(bar) for bar in bars], fontsize=small + 1)
    axes.set_ylim(len(bars) - 0.4, -0.6)


def _told(bar: _Bar) -> str:
    """How far it moved, and what no norm says."""
    far = "from 0" if bar.relative is None else f"{bar.relative:.1e}"
    words = [far] if bar.moved else [] if bar.nonfinite else ["signs of zero"]
    return ", ".join(words + [f"{bar.nonfinite:,} NaN or infinite"] * bool(bar.nonfinite))


def _shown(relative: float) -> float:
    """Within what an axis can have."""
    return min(max(relative, 1e-30), 1e30)


def _name(bar: _Bar) -> str:
    return label(bar.name) if bar.tensors == 1 else f"{label(bar.name)} ({bar.tensors})"


def _below(diff: Diff, bars: list[_Bar], changed: int) -> str:
    told = ["|b - a| / |a|, L2 norms"]
    if any(bar.tensors > 1 for bar in bars):
        told.append("(n): n tensors that changed")
    elif len(bars) < changed:
        told.append(f"the {len(bars)} of {changed} tensors that moved farthest")
    if diff.tensors_unchanged:
        told.append(f"unchanged: {diff.tensors_unchanged}")
    return "; ".join(told)
