"""Large bytes loaded into memory from a warm page cache, verified, against plain reads."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from casreg import Registry
from tools.bench.data import random_file, read_through, shown
from tools.bench.rows import Row, rate, ratio_at_most, row
from tools.bench.timing import in_turns, seconds
from tools.bench.work import Work

ROUNDS = 7


def load_bytes(work: Work) -> Iterator[Row]:
    size = work.sized(1 << 30)
    work.say(
        f"{ROUNDS} times, in turns, {shown(size)} of random bytes, verify=integrity, warm page cache: "
        "snapshot.read and load against read(); load with into=, a fresh bytearray, against readinto() of "
        "a fresh one; checkout against cp"
    )
    source = random_file(work.directory / "source", size)
    registry = work.registry("store")
    registry.save("file", source)
    registry.save("bytes", source.read_bytes())
    for file in (source, *(work.directory / "store").rglob("*")):
        if file.is_file():
            read_through(file)

    taken = in_turns(
        ROUNDS,
        warm_up=True,
        range=lambda: _held(lambda: _read_part(registry)),
        load=lambda: _held(lambda: registry.load("bytes")),
        read=lambda: _held(lambda: _read(source)),
        into=lambda: _filled(size, lambda buffer: registry.load("bytes", into=buffer)),
        readinto=lambda: _filled(size, lambda buffer: _readinto(source, buffer)),
    )
    unit, target = rate(size), ratio_at_most(1.5)
    yield row("snapshot.read of a part, integrity", taken["range"], unit, taken["read"], "read()", target)
    yield row("load bytes, integrity", taken["load"], unit, taken["read"], "read()", target)
    yield row(
        "load bytes into= a buffer, integrity", taken["into"], unit, taken["readinto"], "readinto()", target
    )

    written = in_turns(
        3,
        ours=lambda: _checked_out(registry, work.directory / "out"),
        cp=lambda: _copied(source, work.directory / "copy"),
    )
    yield row("checkout of a file, integrity", written["ours"], unit, written["cp"], "cp")
    shutil.rmtree(work.directory)


def _read_part(registry: Registry) -> bytes:
    with registry.open("file") as snapshot:
        return snapshot.read("source")


def _held(load: Callable[[], Any]) -> float:
    """The result lives until the clock has stopped: giving memory back is not timed."""
    held = []
    return seconds(lambda: held.append(load()))


def _filled(size: int, fill: Callable[[bytearray], Any]) -> float:
    buffer = bytearray(size)
    return seconds(fill, buffer)


def _read(source: Path) -> bytes:
    with source.open("rb", buffering=0) as file:
        return file.read()


def _readinto(source: Path, buffer: bytearray) -> None:
    view = memoryview(buffer)
    with source.open("rb", buffering=0) as file:
        while view:
            view = view[file.readinto(view) :]


def _checked_out(registry: Registry, target: Path) -> float:
    taken = seconds(registry.checkout, "file", target)
    shutil.rmtree(target)
    return taken


def _copied(source: Path, target: Path) -> float:
    taken = seconds(subprocess.run, ["cp", source, target], check=True)
    target.unlink()
    return taken
