"""What versions take: of a name version by version, of a store name by name."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from casreg.plots.canvas import DARK, PLAIN, STORED, figure, label, nothing, tidy, title
from casreg.plots.units import of_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from casreg.registry import Registry
    from casreg.registry.usage import NameStats, StoreStats, Usage

_NAMES: Final = 24
"""Names that are shown, the largest."""
_TICKS: Final = 12
"""Versions that are named at most,"""
_CHARACTERS: Final = 80
"""and how long their names may be together."""
_SLOTS: Final = 5
"""Places for versions, at least: one alone is no wall."""


def sizes(registry: Registry, name: str | None = None) -> Figure:
    """Plain against stored bytes: of a name over its versions, of the whole store name by name.

    Reads what ``registry.stats(name)`` reads. Raises NameNotFound, Unsupported without matplotlib.
    """
    from casreg.names import Name

    return usage(registry.stats() if name is None else _of_name(registry, str(Name.parse(name))))


def usage(stats: NameStats | StoreStats) -> Figure:
    """:func:`sizes`, of what :meth:`casreg.Registry.stats` gave."""
    from casreg.registry.usage import StoreStats

    return _of_names(stats) if isinstance(stats, StoreStats) else _of_versions(stats)


def _of_name(registry: Registry, name: str) -> NameStats:
    from casreg.registry.usage import NameStats

    stats = registry.stats(name)
    assert isinstance(stats, NameStats)  # what a name without a version gives
    return stats


def _of_versions(stats: NameStats) -> Figure:
    drawn = figure(8, 5.4)
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    places = range(len(stats.rows))
    plain = list(accumulate(row.plain for row in stats.rows))
    stored = list(accumulate(row.added for row in stats.rows))
    size = of_bytes(above.yaxis, max(plain[-1], stored[-1]))
    marker = "o" if len(places) <= 60 else ""
    for values, colour, word in ((plain, PLAIN, "plain, cumulative"), (stored, STORED, "stored, cumulative")):
        scaled = [value / size for value in values]
        above.plot(places, scaled, color=colour, marker=marker, markersize=3.5, label=word)
        above.fill_between(places, scaled, color=colour, alpha=0.12, linewidth=0)
    title(drawn, _title(stats))
    above.set_ylim(bottom=0)
    _legend(above)

    size = of_bytes(below.yaxis, max(max(row.plain, row.added) for row in stats.rows))
    _bars(below, [row.plain / size for row in stats.rows], [row.added / size for row in stats.rows])
    _legend(below)
    names = [label(row.version) for row in stats.rows]
    ticks = max(1, min(_TICKS, _CHARACTERS // (max(map(len, names)) + 2)))
    step = -(-len(places) // ticks)
    below.set_xticks(places[::step], names[::step])
    around = max(0.0, (_SLOTS - len(places)) / 2) + 0.1
    below.set_xlim(-0.5 - around, len(places) - 0.5 + around)
    below.set_xlabel("version", fontsize=9)
    for axes in (above, below):
        tidy(axes, grid="y")
    return drawn


def _legend(axes: Any) -> None:
    """Above the axes, where no line passes."""
    axes.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)


def _bars(axes: Any, plain: list[float], added: list[float]) -> None:
    places = range(len(plain))
    axes.bar(places, plain, width=0.8, color=PLAIN, alpha=0.45, label="plain")
    axes.bar(places, added, width=0.5, color=STORED, label="added to the store")


def _title(stats: NameStats) -> str:
    times = f", {_times(stats)}" if stats.stored else ""
    return f"{label(stats.name)}: plain and stored bytes by version{times}"


def _times(usage: Usage) -> str:
    """How many times what is stored the plain bytes are."""
    return f"{usage.plain / usage.stored:.3g} x"


def _of_names(stats: StoreStats) -> Figure:
    rows = sorted(stats.rows, key=lambda row: (-row.plain, row.name))[:_NAMES]
    drawn = figure(8, 1.6 + 0.34 * max(len(rows), 2))
    axes = drawn.subplots()
    size = of_bytes(axes.xaxis, max((max(row.plain, row.stored) for row in rows), default=0))
    places = range(len(rows))
    axes.barh(
        [y - 0.18 for y in places], [row.plain / size for row in rows], 0.34, color=PLAIN, label="plain"
    )
    axes.barh(
        [y + 0.18 for y in places], [row.stored / size for row in rows], 0.34, color=STORED, label="stored"
    )
    for y, row in zip(places, rows, strict=True):
        times = f" {_times(row)}" if row.stored else ""
        axes.text(row.stored / size, y + 0.2, times, va="center", fontsize=7, color=DARK)
    axes.set_yticks(places, [label(row.name) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    others = len(stats.rows) - len(rows)
    more = f", the {len(rows)} largest of {len(stats.rows)} names" if others else ""
    title(drawn, f"Plain and stored bytes by name{more}")
    tidy(axes, grid="x")
    if rows:
        _legend(axes)
    else:
        nothing(axes, "nothing is stored")
    return drawn
