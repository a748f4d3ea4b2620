"""What a sample of a chunk says about encoding it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from casreg.codecs import kernel, zstd
from casreg.codecs._planes_elements import CANDIDATES, Transform
from casreg.codecs._planes_frames import HEAD, PLANE, Effort, compress

if TYPE_CHECKING:
    import numpy as np

_SLICES: Final = 3
_SLICE: Final = 4 << 10, 8 << 10
"""Least and most bytes of a slice."""
_OF_CHUNK: Final = 128
"""A slice is this part of the chunk in between."""
_MATCHES: Final = 0.97
"""A level that searches for matches is taken for a plane where it gives less than this times the
entropy coder's bytes: it is two to five times as slow."""


class Plan(NamedTuple):
    """How to encode a chunk."""

    transform: Transform
    efforts: tuple[Effort, ...]
    """By plane, the lowest byte first."""
    ratio: float
    """Stored / plain, as the sample has it, without the header."""


@dataclass(frozen=True)
class Estimate:
    """Predicted stored bytes of a chunk, by codec."""

    raw: int
    zstd: int
    planes: int
    plan: Plan


def estimate(plain: bytes | memoryview, width: int) -> Estimate:
    """What each codec would make of ``plain``, which holds at least one element of ``width``."""
    sample = _sample(plain, width)
    chosen = _plan(sample, width)
    by_zstd = len(zstd.compress(sample)) / len(sample)
    head = HEAD.size + width * PLANE.size
    return Estimate(
        raw=len(plain),
        zstd=round(by_zstd * len(plain)),
        planes=head + round(chosen.ratio * len(plain)),
        plan=chosen,
    )


def plan(plain: bytes | memoryview, width: int) -> Plan:
    """How :func:`casreg.codecs.planes.encode` is to encode ``plain``, of at least one element."""
    return _plan(_sample(plain, width), width)


def _sample(plain: bytes | memoryview, width: int) -> bytes:
    """Whole elements: all of a small chunk, else slices from front, middle and end."""
    view = memoryview(plain)
    count = len(view) // width
    each = min(max(len(view) // _OF_CHUNK, _SLICE[0]), _SLICE[1]) // width
    if count <= _SLICES * each:
        return bytes(view[: count * width])
    starts = [(count - each) * number // (_SLICES - 1) * width for number in range(_SLICES)]
    return b"".join([view[start : start + each * width] for start in starts])


def _plan(sample: bytes, width: int) -> Plan:
    import numpy as np

    elements = np.frombuffer(sample, f"<u{width}")
    best: tuple[int, Transform, list[np.ndarray], list[int]] | None = None
    for transform in CANDIDATES[width]:
        planes = kernel.loops().split(elements, transform)
        sizes = [_size(plane, Effort.ENTROPY) for plane in planes]
        if best is None or sum(sizes) < best[0]:
            best = sum(sizes), transform, planes, sizes
    assert best is not None
    _, transform, planes, sizes = best
    efforts = []
    for number, plane in enumerate(planes):
        effort, sizes[number] = _effort(plane, sizes[number])
        efforts.append(effort)
    return Plan(transform, tuple(efforts), sum(sizes) / len(sample))


def _effort(plane: np.ndarray, size: int) -> tuple[Effort, int]:
    """What pays in a plane of which the entropy coder makes ``size`` bytes: that, matches, or nothing;
    bytes then."""
    best, limit = (Effort.ENTROPY, size), _MATCHES * size
    for effort in (Effort.LEVEL_1, Effort.LEVEL_3):
        found = _size(plane, effort)
        if found >= limit:
            break
        best, limit = (effort, found), _MATCHES * found
    return (Effort.NOISE, size) if best == (Effort.ENTROPY, len(plane)) else best


def _size(plane: np.ndarray, effort: Effort) -> int:
    packed = compress(plane, effort)
    return len(plane) if packed is None else len(packed)
