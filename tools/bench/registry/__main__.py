"""The command: set up the registries, measure them in turns, print one table."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from tools.bench.options import Names, chosen, plain_console
from tools.bench.peers.protocol import Place
from tools.bench.registry import results, table, tools
from tools.bench.registry.run import NAMES, Settings, run


def main(
    only: Annotated[Names, typer.Option(help=f"Measurements to run: {', '.join(NAMES)}.")] = None,
    tool: Annotated[Names, typer.Option(help=f"Registries: {', '.join(tools.ALL)}.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured; once more before.")] = 5,
    divide: Annotated[int, typer.Option(min=1, help="Sizes and counts divided by any number.")] = 1,
    install: Annotated[bool, typer.Option(help="Set up what is missing with pip.")] = True,
    cache: Annotated[
        Path | None, typer.Option(help="Where what was set up stays for the next run; 1 GB.")
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", help="Where stores are made and removed again; 2 GB unless divided."),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
) -> None:
    """Measure casreg's Registry beside mindtrace-registry's: the same program, one run, in turns.

    What is not installed, or fails, says so in its rows. Example: python -m tools.bench.registry --divide 10
    """
    measured, names = chosen("tool", tool, tools.ALL), chosen("measurement", only, {n: n for n in NAMES})
    console = plain_console()
    cached = (cache or platformdirs.user_cache_path("casreg-bench")).absolute()
    cached.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix="casreg-registry-", dir=directory, ignore_cleanup_errors=True
    ) as made:
        place = Place(cached, Path(made).absolute())
        report = run(measured, names, place, Settings(rounds, divide, install, console.print))
    table.show(report, console)
    if json_file:
        results.write(report, json_file)


if __name__ == "__main__":
    typer.run(main)
