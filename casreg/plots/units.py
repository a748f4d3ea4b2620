"""Axes of bytes."""

from __future__ import annotations

from typing import Any, Final

_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def unit(largest: int) -> tuple[int, str]:
    """(bytes, name) of the unit that numbers up to ``largest`` read best in."""
    power = 0
    while largest >= 2 * 1024 ** (power + 1) and power < len(_UNITS) - 1:
        power += 1
    return 1024**power, _UNITS[power]


def of_bytes(axis: Any, largest: int) -> int:
    """Label an axis, ``x`` or ``y``, of sizes; what its numbers count."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    size, word = unit(largest)
    axis.set_label_text(word, fontsize=9)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    return size
