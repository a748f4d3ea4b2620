"""Peak memory of saving and checking out a file larger than the limit."""

from __future__ import annotations

import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from casreg import Registry
from tools.bench.child import in_child
from tools.bench.data import random_file, shown
from tools.bench.rows import Row
from tools.bench.work import Work

LIMITS = (512 << 20, 128 << 20)


def file_memory(work: Work) -> Iterator[Row]:
    size = work.sized(4 << 30)
    work.say(
        f"a file of {shown(size)} of random bytes saved, then checked out, each in a process of its own, "
        f"under memory={' and '.join(map(shown, LIMITS))}: the most that was resident, less what was "
        "after the imports"
    )
    source = random_file(work.directory / "source", size)
    for limit in LIMITS:
        store, target = work.directory / f"store{limit >> 20}", work.directory / "out"
        saving = in_child(save, store=str(store), source=str(source), memory=limit)
        yield _row(f"peak of saving {shown(size)}, memory={shown(limit)}", saving, limit)
        out = in_child(checkout, store=str(store), target=str(target), memory=limit)
        yield _row(f"peak of checking out {shown(size)}, memory={shown(limit)}", out, limit)
        shutil.rmtree(store)
        shutil.rmtree(target)


def save(store: str, source: str, memory: int) -> int:
    registry = Registry(store, version_objects=True, memory=memory)
    registry.save("warm", b"0" * (64 << 10))
    before = _resident()
    registry.save("file", Path(source))
    return _peak() - before


def checkout(store: str, target: str, memory: int) -> int:
    registry = Registry(store, memory=memory)
    registry.load("warm")
    before = _resident()
    registry.checkout("file", target)
    return _peak() - before


def _row(measurement: str, taken: int, limit: int) -> Row:
    mib = 1 << 20
    return Row(
        measurement=measurement,
        casreg=taken / mib,
        casreg_best=taken / mib,
        unit="MiB",
        peer=limit / mib,
        peer_is="memory=",
        ratio=taken / limit,
        ratio_best=taken / limit,
        target="<= 1 x",
        met=taken <= limit,
    )


def _peak() -> int:
    """Bytes. Not ``ru_maxrss`` where there is better: it begins with what the parent had at the fork."""
    found = _status("VmHWM")
    if found is None:
        unit = 1 if sys.platform == "darwin" else 1024
        found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return found


def _resident() -> int:
    found = _status("VmRSS")
    return _peak() if found is None else found


def _status(field: str) -> int | None:
    with suppress(OSError), open("/proc/self/status") as lines:
        for line in lines:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return None
