"""A file saved again unchanged: one BLAKE3 of its bytes and no pack."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from blake3 import blake3

from casreg import Registry
from tools.bench.child import in_child
from tools.bench.data import random_file, shown
from tools.bench.rows import Row, at_least, rate, row
from tools.bench.timing import in_turns, seconds
from tools.bench.work import Work

ROUNDS = 7
CHUNK = 256 << 10
PIECE = 8 << 20


def save_unchanged(work: Work) -> Iterator[Row]:
    size, cores = work.sized(1 << 30), os.cpu_count() or 1
    work.say(
        f"{ROUNDS} times, in turns, in a process on one core and in one on all {cores}: save {shown(size)} "
        f"again unchanged; readinto {shown(PIECE)} at a time; that and BLAKE3 of every {shown(CHUNK)}, the "
        "least that a save can do"
    )
    source = random_file(work.directory / "source", size)
    work.registry("store").save("file", source)
    for count, words in ((1, "one core"), (None, f"{cores} cores")):
        taken = in_child(rounds, cores=count, store=str(work.directory / "store"), source=str(source))
        unit, target = rate(size), at_least(2.5) if count else None
        yield row(
            f"save an unchanged file, {words}",
            taken["save"],
            unit,
            taken["both"],
            "readinto + BLAKE3",
            target,
        )
        yield row(f"(bound, {words}) readinto alone", taken["read"], unit)
        yield row(f"(bound, {words}) BLAKE3 alone", taken["hash"], unit)
    source.unlink()


def rounds(store: str, source: str) -> dict[str, list[float]]:
    """Seconds by kind. Raises RuntimeError if any save wrote a pack."""
    registry = Registry(store)
    packs = set(_packs(registry))
    assert packs
    buffer = bytearray(PIECE)

    def save() -> float:
        taken = seconds(registry.save, "file", Path(source))
        if set(_packs(registry)) != packs:
            raise RuntimeError("saving an unchanged file wrote a pack")
        return taken

    return in_turns(
        ROUNDS,
        warm_up=True,
        save=save,
        read=lambda: seconds(_each_piece, source, buffer, len),
        both=lambda: seconds(_each_piece, source, buffer, _hash),
        hash=lambda: seconds(_hash_all, buffer, os.path.getsize(source)),
    )


def _packs(registry: Registry) -> list[str]:
    with registry.open("file") as snapshot:
        return [pack.digest for pack in snapshot.manifest.packs]


def _each_piece(source: str, buffer: bytearray, work: Callable[[memoryview], object]) -> None:
    view = memoryview(buffer)
    with open(source, "rb", buffering=0) as file:
        while count := file.readinto(view):
            work(view[:count])


def _hash(view: memoryview) -> None:
    for start in range(0, len(view), CHUNK):
        blake3(view[start : start + CHUNK]).digest()


def _hash_all(buffer: bytearray, size: int) -> None:
    view = memoryview(buffer)
    for start in range(0, size, PIECE):
        _hash(view[: min(PIECE, size - start)])
