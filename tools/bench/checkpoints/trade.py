"""What ``read_amplification`` buys: bytes stored against bytes read, and the time of loads, warm and cold.

Loads go into memory that is there already; cold ones with what they read dropped from the page cache, beside
reading the plain file, dropped likewise.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from casreg import Registry
from casreg.snapshot import Snapshot

AMPLIFICATIONS = (1.0, 1.5, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class Row:
    """At one amplification; seconds are medians."""

    amplification: float
    ratio: float
    """Stored / plain of all versions."""
    read: float
    """Of the last version: bytes that a cold load reads, as a multiple of plain."""
    depth: int
    """How many deltas its deepest chunk is made of."""
    warm: float
    """Loading it."""
    cold: float
    keyframe: float
    """Loading the first version cold."""


@dataclass(frozen=True)
class Trade:
    file: str
    plain: int
    """Bytes of one version."""
    plain_warm: float
    """Seconds to read the plain file."""
    plain_cold: float
    rows: list[Row]


def measure(versions: Sequence[Path], scratch: Path, rounds: int = 3) -> Trade:
    """``versions`` of a file, saved one after the other into a store for each amplification."""
    size = versions[-1].stat().st_size
    memory = memoryview(bytearray(size))
    rows = []
    for amplification in AMPLIFICATIONS:
        with tempfile.TemporaryDirectory(dir=scratch) as place:
            rows.append(_row(versions, Path(place) / "store", amplification, memory, rounds))

    def read() -> None:
        with open(versions[-1], "rb", buffering=0) as file:
            assert file.readinto(memory) == size

    return Trade(
        file=versions[-1].name,
        plain=size,
        plain_warm=_median(read, lambda: None, rounds),
        plain_cold=_median(read, lambda: forget(versions[-1]), rounds),
        rows=rows,
    )


def _row(versions: Sequence[Path], place: Path, amplification: float, memory: memoryview, rounds: int) -> Row:
    registry = Registry(place, version_objects=True, read_amplification=amplification)
    stored = sum(registry.save("m", path).stored for path in versions)
    stats = registry.stats("m@latest")

    def load(version: str) -> Callable[[], None]:
        def run() -> None:
            with registry.open("m", version) as snapshot:
                _into(snapshot, memory)

        return run

    def cold() -> None:
        forget(place)

    first, last = load("1"), load(str(len(versions)))
    return Row(
        amplification=amplification,
        ratio=stored / sum(path.stat().st_size for path in versions),
        read=stats.read_cold / stats.plain,
        depth=stats.depth,
        warm=_median(last, lambda: None, rounds),
        cold=_median(last, cold, rounds),
        keyframe=_median(first, cold, rounds),
    )


def _into(snapshot: Snapshot, memory: memoryview) -> None:
    (part,) = snapshot.parts
    snapshot.read_into(part.path, 0, [memory[: part.size]])


def _median(work: Callable[[], None], before: Callable[[], None], rounds: int) -> float:
    """Seconds, ``before`` not counted; the first run does not count either."""
    seconds = []
    for _ in range(rounds + 1):
        before()
        start = perf_counter()
        work()
        seconds.append(perf_counter() - start)
    return statistics.median(seconds[1:])


def forget(path: Path) -> None:
    """Drop a file, or all files below a folder, from the page cache; written back first."""
    for file in [path] if path.is_file() else path.rglob("*"):
        if file.is_file():
            fd = os.open(file, os.O_RDONLY)
            try:
                os.fsync(fd)
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(fd)


def lines(trade: Trade) -> list[str]:
    """As a table in Markdown."""
    rows = [
        ["read_amplification", *(f"{row.amplification:g}" for row in trade.rows)],
        ["---", *("---:" for _ in trade.rows)],
        ["stored / plain", *(f"{row.ratio:.3f}" for row in trade.rows)],
        ["a cold load of the last reads, x plain", *(f"{row.read:.2f}" for row in trade.rows)],
        ["deltas it is made of, at most", *(str(row.depth) for row in trade.rows)],
        ["load it, cold; x reading the plain file", *(_timed(row.cold, trade) for row in trade.rows)],
        ["load it, warm", *(f"{row.warm:.2f} s" for row in trade.rows)],
        ["load the first, cold; x", *(_timed(row.keyframe, trade) for row in trade.rows)],
    ]
    return [f"| {' | '.join(row)} |" for row in rows]


def _timed(seconds: float, trade: Trade) -> str:
    return f"{seconds:.2f} s, {seconds / trade.plain_cold:.1f} x"


def show(trade: Trade, console: Console) -> None:
    """The same on a terminal."""
    head, _, *body = [line.strip("| ").split(" | ") for line in lines(trade)]
    caption = f"reading the plain file: {trade.plain_cold:.2f} s cold, {trade.plain_warm:.2f} s warm"
    table = Table(title=f"{trade.file}, {trade.plain:,} bytes", title_justify="left", caption=caption)
    for number, heading in enumerate(head):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in body:
        table.add_row(*row)
    console.print(table)


def write(trade: Trade, path: Path) -> None:
    path.write_text(json.dumps(asdict(trade), indent=1) + "\n")


def read(path: Path) -> Trade:
    raw = json.loads(path.read_text())
    return Trade(**{**raw, "rows": [Row(**row) for row in raw["rows"]]})
