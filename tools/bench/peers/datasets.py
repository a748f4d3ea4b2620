"""What is kept: real weights, made-up weights, an array that changes a little five times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.bench import weights
from tools.bench.peers.install import make_package, package
from tools.bench.peers.protocol import Place, Version
from tools.bench.weights import Tensor

VERSIONS = 5
CHANGED = 0.01
"""Of the elements, in one run of neighbours, from each version to the next."""
_TENSORS = 16


@dataclass(frozen=True)
class Making:
    folder: Path
    """Where the files go."""
    place: Place
    """Where packages are."""
    divide: int
    """Made-up data is this much smaller."""

    def path(self, number: int, name: str) -> Path:
        """Of one version of the file called ``name``."""
        (self.folder / str(number)).mkdir()
        return self.folder / str(number) / name


@dataclass(frozen=True)
class Dataset:
    """``make`` lays the versions down; raises NotInstalled if they need a package that is not there."""

    name: str
    """As ``--data`` takes it."""
    label: str
    """As tables show it, followed by the size."""
    about: str
    make: Callable[[Making], list[Version]]
    stored_target: float | None = None
    """The most that casreg may store, as a part of plain."""
    grown_target: float | None = None
    """The most that it may store of all versions, as a multiple of the first."""
    save_target: float | None = None
    """The most that saving may take, as a multiple of cp and fsync."""
    real: bool = False
    """It comes from a package."""


def install(place: Place) -> None:
    """Raises NotInstalled."""
    make_package(place, weights.REQUIREMENT)


def _real_fp32(making: Making) -> list[Version]:
    path = making.path(1, "model.safetensors")
    path.write_bytes(_real(making.place).read_bytes())
    return [Version(path, 1, "float32")]


def _real_bf16(making: Making) -> list[Version]:
    halves = [weights.halved(tensor) for tensor in weights.read(_real(making.place))]
    return [Version(weights.write(making.path(1, "model.safetensors"), halves), 1, "bfloat16")]


def _real(place: Place) -> Path:
    return package(place, weights.REQUIREMENT) / weights.PACKAGE / weights.FILE


def _made_bf16(making: Making) -> list[Version]:
    generator, count = _generator(0), max(64, (1 << 29) // _TENSORS // making.divide)
    tensors = [
        Tensor(f"layers.{number}.weight", "BF16", (count,), weights.bf16(_normal(generator, count)))
        for number in range(_TENSORS)
    ]
    return [Version(weights.write(making.path(1, "model.safetensors"), tensors), 1, "bfloat16")]


def _five_versions(making: Making) -> list[Version]:
    generator, count = _generator(1), max(1000, 50_000_000 // making.divide)
    array, changed = _normal(generator, count), int(CHANGED * count)
    versions = []
    for number in range(1, VERSIONS + 1):
        if number > 1:
            at = int(generator.integers(count - changed))
            array[at : at + changed] = _normal(generator, changed)
        path = making.path(number, "array.npy")
        np.save(path, array)
        versions.append(Version(path, number, "float32"))
    return versions


def _generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(seed))


def _normal(generator: np.random.Generator, count: int) -> np.ndarray:
    return generator.standard_normal(count, np.float32) * np.float32(0.02)


_ALL = (
    Dataset(
        "minilm-fp32",
        "fp32 weights of MiniLM",
        f"model.safetensors of {weights.REQUIREMENT}",
        _real_fp32,
        stored_target=0.825,
        real=True,
    ),
    Dataset(
        "minilm-bf16",
        "the same in bf16",
        "its fp32 tensors rounded to nearest, ties to even",
        _real_bf16,
        stored_target=0.668,
        real=True,
    ),
    Dataset(
        "normal-bf16",
        "bf16, normal x 0.02",
        f"{_TENSORS} tensors of standard normal numbers times 0.02, in safetensors",
        _made_bf16,
        save_target=2.5,
    ),
    Dataset(
        "versions-fp32",
        f"{VERSIONS} versions, 1 % changed",
        f"an fp32 array in .npy; {CHANGED:.0%} of it, neighbours at a random place, is new in each version",
        _five_versions,
        grown_target=1.07,
    ),
)
ALL: dict[str, Dataset] = {data.name: data for data in _ALL}
