"""The command: set up the tools, measure them in turns, print a table for each dataset."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import platformdirs
import typer
from rich.console import Console

from tools.bench.peers import adapters, datasets, results, table
from tools.bench.peers.protocol import Place
from tools.bench.peers.run import Settings, run

T = TypeVar("T")
Names = list[str] | None


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
    tools, chosen = _chosen("tool", tool, adapters.ALL), _chosen("data", data, datasets.ALL)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, soft_wrap=True, markup=False, width=160)
    cached = (cache or platformdirs.user_cache_path("casreg-bench")).absolute()
    cached.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix="casreg-peers-", dir=directory, ignore_cleanup_errors=True
    ) as made:
        place = Place(cached, Path(made).absolute())
        report = run(tools, chosen, place, Settings(rounds, divide, install, console.print))
    table.show(report, console)
    if json_file:
        results.write(report, json_file)


def _chosen(word: str, names: Names, known: Mapping[str, T]) -> dict[str, T]:
    """What ``names`` names of ``known``, in the order of the latter; all of it by default."""
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise typer.BadParameter(f"no {word} {', '.join(unknown)}: there are {', '.join(known)}")
    return {name: one for name, one in known.items() if not names or name in names}


if __name__ == "__main__":
    typer.run(main)
