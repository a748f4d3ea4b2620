"""The command: run measurements, print what was run and one table."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.bench import machine, table
from tools.bench.measurements import ALL
from tools.bench.rows import Row
from tools.bench.work import Work

QUICK = 8


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"Measurements to run: {', '.join(ALL)}.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help=f"Sizes divided by {QUICK}.")] = False,
    divide: Annotated[int, typer.Option(min=1, help="Sizes divided by any number; 1 is the real thing.")] = 1,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", help="Where the data is made and removed again; 13 GiB unless divided."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write machine and rows to this file too.")
    ] = None,
) -> None:
    """Measure casreg against what the machine does without it.

    Ratios are casreg's time to the peer's, measured in turns in the same run: the median of the
    rounds, and the best one. Example: python -m tools.bench --quick --only import --only small
    """
    unknown = sorted(set(only or ()) - set(ALL))
    if unknown:
        raise typer.BadParameter(f"no measurement {', '.join(unknown)}: there are {', '.join(ALL)}")
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console = Console(highlight=False, soft_wrap=True, width=160)
    facts = machine.facts()
    for name, value in facts.items():
        console.print(f"{name}: {value}")
    rows: list[Row] = []
    try:
        with tempfile.TemporaryDirectory(
            prefix="casreg-bench-", dir=directory, ignore_cleanup_errors=True
        ) as made:
            work = Work(Path(made), divide * (QUICK if quick else 1), console)
            for name, measure in ALL.items():
                if not only or name in only:
                    rows += measure(work.within(name))
    finally:
        table.show(rows, console)
        if json_file:
            report = {"machine": facts, "rows": [asdict(row) for row in rows]}
            json_file.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
