"""The command: set up the tools, measure them in turns, print a table for each dataset."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from tools.bench.options import Names, chosen, plain_console
from tools.bench.peers import adapters, datasets, results, table
from tools.bench.peers.protocol import Place
from tools.bench.peers.run import Settings, run


def main(
    tool: Annotated[Names, typer.Option(help=f"Tools to run: {', '.join(adapters.ALL)}.")] = None,
    data: Annotated[Names, typer.Option(help=f"Datasets: {', '.join(datasets.ALL)}.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured; once more before.")] = 5,
    divide: Annotated[int, typer.Option(min=1, help="Made-up data divided by any number.")] = 1,
    install: Annotated[bool, typer.Option(help="Set up what is missing: pip, and apt-get if root.")] = True,
    cache: Annotated[
        Path | None, typer.Option(help="Where what was set up stays for the next run; 6 GB, mostly torch.")
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", help="Where the data is made and removed again; 5 GB unless divided."),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
) -> None:
    """Measure casreg beside other tools: the same files, one run, in turns.

    What is not installed, or fails, says so in its row. Example: python -m tools.bench.peers --divide 16
    """
    tools, data_of = chosen("tool", tool, adapters.ALL), chosen("data", data, datasets.ALL)
    console = plain_console()
    cached = (cache or platformdirs.user_cache_path("casreg-bench")).absolute()
    cached.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix="casreg-peers-", dir=directory, ignore_cleanup_errors=True
    ) as made:
        place = Place(cached, Path(made).absolute())
        report = run(tools, data_of, place, Settings(rounds, divide, install, console.print))
    table.show(report, console)
    if json_file:
        results.write(report, json_file)


if __name__ == "__main__":
    typer.run(main)
