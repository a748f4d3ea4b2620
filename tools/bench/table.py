"""The table that a run ends with."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tools.bench.rows import Row

_MET = {True: "[green]met[/green]", False: "[red]missed[/red]", None: ""}


def show(rows: Sequence[Row], console: Console) -> None:
    table = Table(title="casreg against its peers: medians, (best round)", title_justify="left")
    table.add_column("measurement")
    for heading in ("casreg", "peer"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("peer is")
    table.add_column("time ratio", justify="right", no_wrap=True)
    table.add_column("target", no_wrap=True)
    table.add_column("met", no_wrap=True)
    for row in rows:
        table.add_row(
            row.measurement,
            f"{_figure(row.casreg)} {row.unit} ({_figure(row.casreg_best)})",
            "" if row.peer is None else f"{_figure(row.peer)} {row.unit}",
            row.peer_is,
            "" if row.ratio is None or row.ratio_best is None else f"{row.ratio:.2f} ({row.ratio_best:.2f})",
            row.target,
            _MET[row.met],
        )
    console.print(table)


def _figure(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
