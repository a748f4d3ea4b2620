"""What is wanted of casreg, and whether it was met."""

from __future__ import annotations

from dataclasses import replace

from tools.bench.peers.datasets import Dataset
from tools.bench.peers.results import Result

OF = "casreg"
"""The tool that targets are for."""


def judged(result: Result, data: Dataset) -> Result:
    """The result of :data:`OF` with the dataset's target, any other as it is."""
    if result.tool != OF:
        return result
    for word, limit, figure in (
        ("stored / plain", data.stored_target, result.ratio),
        ("all / first", data.grown_target, result.grown),
        ("save / cp + fsync", data.save_target, result.save_ratio),
    ):
        if limit is not None:
            met = None if figure is None else figure <= limit
            return replace(result, target=f"{word} <= {limit:g}", met=met)
    return result
