"""A series of real checkpoints: made once, by a command or by whoever asks first, and then kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from tools.bench import weights
from tools.bench.peers.install import environment, make_environment, make_package, package
from tools.bench.peers.protocol import Place

ROOT = Path(__file__).parents[3]
REQUIREMENTS = (
    "torch==2.13.0",
    "tokenizers==0.23.3",
    "numpy==2.4.6",
    "networkx==3.6.1",
    "sympy==1.14.0",
)
"""Pinned, what torch brings along as well: the docstrings in them are what is trained on."""
TEXTS = ("networkx", "numpy", "sympy", "torch")
_ENVIRONMENT = "series"
DONE = "series.json"
"""Written last: what the series was made with."""


class Different(ValueError):
    """The folder holds another series."""


@dataclass(frozen=True)
class Parameters:
    """Two series made with the same ones have the same figures, or nearly, on another machine."""

    steps: int = 20
    """Updates from one checkpoint to the next, and before the first."""
    count: int = 8
    """Checkpoints."""
    seed: int = 0


@dataclass(frozen=True)
class Series:
    folder: Path
    parameters: Parameters

    def versions(self, file: str) -> list[Path]:
        """One file (see :mod:`files`) at each checkpoint, the first one first."""
        return [self.folder / str(number) / file for number in range(1, self.parameters.count + 1)]


def make(parameters: Parameters, cache: Path, folder: Path | None = None, install: bool = True) -> Series:
    """The series in ``folder``, by default one of ``cache`` named after the parameters; made if missing.

    That takes minutes, 1 GB for torch in ``cache`` and 0.6 GB for each checkpoint. Raises NotInstalled
    where torch is not there and may not be fetched (``install``) or cannot be, Different if ``folder``
    holds a series that was made otherwise.
    """
    named = "-".join(f"{name}{value}" for name, value in asdict(parameters).items())
    folder = (folder or cache / f"series-{named}").absolute()
    if not _is_done(folder, parameters):
        place = Place(cache.absolute(), folder)
        if install:
            make_package(place, weights.REQUIREMENT)
            make_environment(place, _ENVIRONMENT, sys.executable, REQUIREMENTS)
        _train(folder, parameters, place)
        (folder / DONE).write_text(note(parameters))
    return Series(folder, parameters)


def _is_done(folder: Path, parameters: Parameters) -> bool:
    if not (folder / DONE).exists():
        return False
    found = (folder / DONE).read_text()
    if found != note(parameters):
        raise Different(f"{folder} holds another series: {found.strip()}")
    return True


def note(parameters: Parameters) -> str:
    """What :data:`DONE` says."""
    return json.dumps({**asdict(parameters), "requirements": REQUIREMENTS}) + "\n"


def _train(folder: Path, parameters: Parameters, place: Place) -> None:
    python = environment(place, _ENVIRONMENT, REQUIREMENTS)
    folder.mkdir(parents=True, exist_ok=True)
    asked = {
        "folder": str(folder),
        "model": str((package(place, weights.REQUIREMENT) / weights.PACKAGE / weights.FILE).parent),
        "packages": TEXTS,
        **asdict(parameters),
    }
    training = [str(python), "-m", "tools.bench.checkpoints.training", json.dumps(asked)]
    # threads that spin while they wait take the processor from the one they wait for, if it is shared
    subprocess.run(training, cwd=ROOT, env={**os.environ, "OMP_WAIT_POLICY": "passive"}, check=True)


def main(
    folder: Annotated[Path | None, typer.Argument(help="Where it goes; by default into the cache.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Updates between checkpoints.")] = 20,
    count: Annotated[int, typer.Option(min=1, help="Checkpoints.")] = 8,
    seed: Annotated[int, typer.Option(help="Of the order of the texts and of dropout.")] = 0,
    cache: Annotated[Path | None, typer.Option(help="Where torch and the weights stay; 1 GB.")] = None,
) -> None:
    """Fine-tune all-MiniLM-L6-v2 on docstrings and keep it every few updates, with AdamW's state."""
    cached = cache or platformdirs.user_cache_path("casreg-bench")
    print(make(Parameters(steps, count, seed), cached, folder).folder)


if __name__ == "__main__":
    typer.run(main)
