"""The four files of a checkpoint, each as a dataset of its own: all its states, one after the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial

from tools.bench.checkpoints import files
from tools.bench.checkpoints.series import Parameters, Series
from tools.bench.peers.datasets import Dataset, Making
from tools.bench.peers.protocol import Version

NAMES = {
    "fp32": (files.WEIGHTS, "fp32 weights", "float32", 0.41),
    "bf16": (files.HALVES, "the same in bf16", "bfloat16", 0.15),
    "adam": (files.ADAM, "AdamW's state", "float32", 0.425),
    "combined": (files.COMBINED, "weights and state, torch.save", "float32", 0.42),
}
"""By the name that ``--file`` takes: the file, its label, what most of it consists of, and the most that
casreg may store of all states, as a part of plain."""


def of(parameters: Parameters, make: Callable[[], Series]) -> dict[str, Dataset]:
    """By name; ``make`` gives the series, made when the first of them is asked for."""
    about = f"{parameters.count} checkpoints of all-MiniLM-L6-v2, {parameters.steps} updates apart"
    return {
        name: Dataset(
            name, label, f"{file}, {about}", partial(_copied, make, file, dtype), stored_target=target
        )
        for name, (file, label, dtype, target) in NAMES.items()
    }


def _copied(make: Callable[[], Series], file: str, dtype: str, making: Making) -> list[Version]:
    """Copies, for what is measured is removed afterwards."""
    return [
        Version(shutil.copyfile(path, making.path(number, file)), number, dtype)
        for number, path in enumerate(make().versions(file), start=1)
    ]
