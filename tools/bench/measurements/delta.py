"""The codec delta on one core: weights against those of a step before; beside zstd of their exclusive or.

Made-up weights that moved by a normal step; encoding includes the sample that says how.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from casreg.codecs import delta, zstd
from tools.bench.data import shown
from tools.bench.rows import Row, at_least, rate, row
from tools.bench.timing import in_turns, seconds
from tools.bench.weights import bf16
from tools.bench.work import Work

ROUNDS = 5
BLOCK = 1 << 20
_TARGETS = {"encode": 400, "decode": 600}


@dataclass(frozen=True)
class _Step:
    """Chunks of a tensor before and after a step of training."""

    dtype: str
    width: int
    before: list[memoryview]
    after: list[memoryview]


def delta_codec(work: Work) -> Iterator[Row]:
    for step in _steps(work.sized(64 << 20)):
        plain = sum(map(len, step.after))
        work.say(f"{ROUNDS} times, in turns, {step.dtype}, {shown(plain)} in blocks of {shown(BLOCK)}")
        yield from _rows(step, plain)


def _rows(step: _Step, plain: int) -> Iterator[Row]:
    pairs = list(zip(step.after, step.before, strict=True))
    ours: list[bytes] = []
    theirs: list[bytes] = []
    out = memoryview(bytearray(BLOCK))

    def encode() -> None:
        ways = [delta.estimate(after, before, step.width, step.dtype)[1] for after, before in pairs]
        ours[:] = [
            delta.encode(after, before, step.width, way)
            for (after, before), way in zip(pairs, ways, strict=True)
        ]

    def encode_zstd() -> None:
        theirs[:] = [zstd.compress(_exclusive_or(after, before)) for after, before in pairs]

    def decode() -> None:
        for (after, before), stored in zip(pairs, ours, strict=True):
            delta.decode(stored, before, out[: len(after)])

    def decode_zstd() -> None:
        for (after, before), stored in zip(pairs, theirs, strict=True):
            _exclusive_or(memoryview(zstd.decompress(stored, len(after))), before)

    taken = in_turns(
        ROUNDS, warm_up=True, encode=lambda: seconds(encode), encode_zstd=lambda: seconds(encode_zstd)
    ) | in_turns(ROUNDS, decode=lambda: seconds(decode), decode_zstd=lambda: seconds(decode_zstd))
    for (after, before), stored in zip(pairs, ours, strict=True):
        delta.decode(stored, before, out[: len(after)])
        assert out[: len(after)] == after
    yield Row(
        measurement=f"delta, {step.dtype}: stored",
        casreg=sum(map(len, ours)) / plain,
        casreg_best=sum(map(len, ours)) / plain,
        unit="of plain",
        peer=sum(map(len, theirs)) / plain,
        peer_is=f"xor, zstd {zstd.LEVEL}",
    )
    unit = rate(plain, "MB/s")
    for verb, target in _TARGETS.items():
        measured, beside = taken[verb], taken[f"{verb}_zstd"]
        yield row(f"delta, {step.dtype}: {verb}", measured, unit, beside, "xor, zstd", at_least(target))


def _exclusive_or(one: memoryview, other: memoryview) -> bytes:
    return np.bitwise_xor(np.frombuffer(one, np.uint8), np.frombuffer(other, np.uint8)).tobytes()


def _steps(size: int) -> Iterator[_Step]:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal(size // 4, np.float32) * np.float32(0.05)
    moved = weights + rng.standard_normal(size // 4, np.float32) * np.float32(2e-5)
    yield _Step("F32", 4, _blocks(weights), _blocks(moved))
    yield _Step("BF16", 2, _blocks(bf16(weights)), _blocks(bf16(moved)))


def _blocks(array: np.ndarray) -> list[memoryview]:
    data = memoryview(array.tobytes())
    return [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
