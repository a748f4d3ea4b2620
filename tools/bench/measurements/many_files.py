"""A directory of many small files: saved, saved again unchanged, and written out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from casreg import Registry
from tools.bench.data import directory_of_files, shown
from tools.bench.rows import Row, at_least, rate, row
from tools.bench.timing import fsync, in_turns, seconds, settle
from tools.bench.work import Work

ROUNDS = 3
FILE = 4 << 10


def many_files(work: Work) -> Iterator[Row]:
    files = work.sized(100_000)
    size = files * FILE
    work.say(
        f"{ROUNDS} times, in turns, a directory of {files} files of {shown(FILE)} of random bytes, 1,000 per "
        "folder: save into a new store, and tar to a file + fsync; save unchanged, and tar to nowhere; "
        "checkout, and cp -r"
    )
    source = directory_of_files(work.directory / "source", files, FILE)
    numbers = count()
    registry = work.registry("kept")
    registry.save("directory", source)
    taken = in_turns(
        ROUNDS,
        new=lambda: _save(work.registry(f"store{next(numbers)}"), source),
        tar=lambda: _tar(source, work.directory / f"{next(numbers)}.tar"),
        again=lambda: _save(registry, source),
        # GNU tar does not read the files at all when it sees that it writes to /dev/null.
        pipe=lambda: seconds(
            subprocess.run, f"tar -C '{source}' -cf - . | cat > /dev/null", shell=True, check=True
        ),
    )
    written = in_turns(
        ROUNDS,
        out=lambda: _out(registry, work.directory / f"out{next(numbers)}"),
        cp=lambda: _copied(source, work.directory / f"copy{next(numbers)}"),
    )
    unit, target = rate(size, "MB/s"), at_least(50)
    yield row(f"save {files} files", taken["new"], unit, taken["tar"], "tar + fsync", target)
    yield row(f"save {files} files unchanged", taken["again"], unit, taken["pipe"], "tar to nowhere", target)
    yield row(f"checkout of {files} files", written["out"], unit, written["cp"], "cp -r", target)


def _save(registry: Registry, source: Path) -> float:
    settle()
    return seconds(registry.save, "directory", source)


def _tar(source: Path, target: Path) -> float:
    def tar() -> None:
        subprocess.run(["tar", "-C", source, "-cf", target, "."], check=True)
        fsync(target)

    settle()
    return seconds(tar)


def _out(registry: Registry, target: Path) -> float:
    settle()
    return seconds(registry.checkout, "directory", target)


def _copied(source: Path, target: Path) -> float:
    settle()
    return seconds(subprocess.run, ["cp", "-r", source, target], check=True)
