"""The command: make the series unless it is there, measure the tools on it in turns, print the tables."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from tools.bench.checkpoints import adapters, datasets, files, publish, series, trade
from tools.bench.checkpoints.series import Parameters
from tools.bench.options import Names, chosen, plain_console
from tools.bench.peers import results, table
from tools.bench.peers.protocol import Place
from tools.bench.peers.run import Settings, run


def main(
    tool: Annotated[Names, typer.Option(help=f"Tools to run: {', '.join(adapters.ALL)}.")] = None,
    file: Annotated[Names, typer.Option(help=f"Files to keep: {', '.join(datasets.NAMES)}.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured.")] = 1,
    steps: Annotated[int, typer.Option(min=1, help="Updates between checkpoints.")] = 20,
    count: Annotated[int, typer.Option(min=1, help="Checkpoints.")] = 8,
    seed: Annotated[int, typer.Option(help="Of the training.")] = 0,
    folder: Annotated[
        Path | None, typer.Option("--series", help="Where the series is, or goes; by default in the cache.")
    ] = None,
    install: Annotated[bool, typer.Option(help="Set up what is missing: pip, and apt-get if root.")] = True,
    cache: Annotated[
        Path | None, typer.Option(help="Where what was set up stays for the next run; 12 GB with the series.")
    ] = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Where stores are made and removed again; 7 GB.")
    ] = None,
    bought_too: Annotated[
        bool,
        typer.Option("--trade/--no-trade", help="Also what read_amplification buys, of the combined file."),
    ] = True,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
) -> None:
    """Keep a series of real checkpoints, one version after the other: casreg beside other tools.

    What is not installed, or fails, says so in its row.
    Example: python -m tools.bench.checkpoints --file bf16
    """
    tools, names = chosen("tool", tool, adapters.ALL), chosen("file", file, datasets.NAMES)
    console = plain_console()
    cached = (cache or platformdirs.user_cache_path("casreg-bench")).absolute()
    parameters = Parameters(steps, count, seed)
    make = partial(series.make, parameters, cached, folder, install)
    data = {name: one for name, one in datasets.of(parameters, make).items() if name in names}
    with tempfile.TemporaryDirectory(
        prefix="casreg-checkpoints-", dir=directory, ignore_cleanup_errors=True
    ) as scratch:
        place = Place(cached, Path(scratch).absolute())
        report = run(tools, data, place, Settings(rounds, 1, install, console.print, warm_up=False))
        table.show(report, console)
        bought = None
        if bought_too and "casreg" in tools and "combined" in names:
            bought = trade.measure(make().versions(files.COMBINED), place.scratch)
    if bought:
        trade.show(bought, console)
    if json_file:
        results.write(report, json_file)
    if json_file and bought:
        trade.write(bought, publish.beside(json_file))


if __name__ == "__main__":
    typer.run(main)
