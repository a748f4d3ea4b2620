"""Read-only directories that loads of files hand out: one per version, shared by processes.

    <cache>/paths/<key>/tree/...     the files
    <cache>/paths/<key>/seal.json    size and time of each, written last
    <cache>/paths/<key>.lock         locked while somebody uses or changes the entry

An entry in use is pinned by a shared lock for as long as the Pins object lives; eviction takes the
least recently used entries that nobody has pinned.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

Fill = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class PathCache:
    """Bounded by ``max_bytes``; safe for any number of processes on one host."""

    directory: Path
    max_bytes: int
    boot: str
    """Entries made before the machine last started are not trusted: they may not have reached the disk."""

    def use(self, key: str, fill: Fill, pins: Pins) -> Path:
        """The tree of ``key``, made by ``fill(directory)`` if it is not there or was tampered with.

        The entry stays until ``pins`` is released.
        """
        paths = self.directory / "paths"
        paths.mkdir(parents=True, exist_ok=True)
        entry = paths / key
        lock = pins.lock(paths / f"{key}.lock")
        if not self._intact(entry):
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._intact(entry):
                self._make(entry, fill)
                self._evict(paths)
            fcntl.flock(lock, fcntl.LOCK_SH)
        os.utime(entry / "seal.json")
        return entry / "tree"

    def _make(self, entry: Path, fill: Fill) -> None:
        beside = entry.with_name(f"{entry.name}.{secrets.token_hex(4)}.new")
        try:
            (beside / "tree").mkdir(parents=True)
            fill(beside / "tree")
            files = _look(beside / "tree")
            for path in files:
                file = beside / "tree" / path
                file.chmod(0o555 if file.stat().st_mode & 0o111 else 0o444)
            seal = {"boot": self.boot, "size": sum(size for size, _ in files.values()), "files": files}
            (beside / "seal.json").write_text(json.dumps(seal))
            for folder, _, _ in os.walk(beside / "tree", topdown=False):
                os.chmod(folder, 0o555)
            _remove(entry)
            beside.rename(entry)
        except BaseException:
            _remove(beside)
            raise

    def _intact(self, entry: Path) -> bool:
        try:
            seal = json.loads((entry / "seal.json").read_bytes())
            return bool(seal["boot"] == self.boot and seal["files"] == _look(entry / "tree"))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _evict(self, paths: Path) -> None:
        entries = []
        for seal in paths.glob("*/seal.json"):
            with suppress(OSError, ValueError, KeyError):
                entries.append((seal.stat().st_mtime_ns, json.loads(seal.read_bytes())["size"], seal.parent))
        total = sum(size for _, size, _ in entries)
        for _, size, entry in sorted(entries):
            if total <= self.max_bytes:
                return
            with open(f"{entry}.lock", "a") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                _remove(entry)
                total -= size


class Pins:
    """The entries that one Registry has handed out; they stay until it is closed."""

    def __init__(self) -> None:
        self._locks: dict[Path, int] = {}

    def lock(self, path: Path) -> int:
        """A descriptor with a shared lock on ``path``."""
        fd = self._locks.get(path)
        if fd is None:
            fd = self._locks[path] = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        fcntl.flock(fd, fcntl.LOCK_SH)
        return fd

    def release(self) -> None:
        while self._locks:
            os.close(self._locks.popitem()[1])


def _look(tree: Path) -> dict[str, list[int]]:
    """[size, mtime in ns] of every file, by path."""
    found: dict[str, list[int]] = {}
    root = os.fspath(tree)
    for folder, _, files in os.walk(root):
        for name in files:
            path = os.path.join(folder, name)
            status = os.stat(path)
            found[os.path.relpath(path, root)] = [status.st_size, status.st_mtime_ns]
    return found


def _remove(entry: Path) -> None:
    if entry.exists():
        for folder, _, _ in os.walk(entry):
            os.chmod(folder, 0o755)
        shutil.rmtree(entry)
