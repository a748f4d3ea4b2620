"""Read-only directories that loads of files hand out: one per version, shared by processes.

    <cache>/paths/<entry>/tree/...    the files
    <cache>/paths/<entry>/seal.json   size and time of each, written last
    <cache>/making/<key>              locked alone while an entry is made or taken away, shared to look
    <cache>/pins/<random>             locked by a Registry while it is open; the entries it handed out
    <cache>/new/<random>              a tree that is being filled

Locks are held for a moment, but for the one on a Registry's own pins: nobody waits for a Registry to
be closed. An entry that was tampered with while others use it is left to them, and made anew beside it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from casreg.errors import CasregError, Conflict, Denied, InvalidInput
from casreg.pins import Pins

Fill = Callable[[Path], None]
Check = Callable[[Path], bool]

_NO_SEAL: Final = (OSError, ValueError, KeyError, TypeError, RecursionError)
"""What reading a seal raises that is damaged, or not there."""
_LEFTOVER: Final = 86400.0
"""Seconds after which a tree that is still being filled belongs to nobody."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a cache keeps of what nobody has pinned."""

    size: int
    """Bytes."""
    entries: int | None = None
    buffer: int = 0
    """So many less than ``entries`` are kept once there are more."""

    @classmethod
    def of(cls, size: int, entries: int | None, buffer: int | None) -> Self:
        """As given by a caller. Raises InvalidInput for what bounds nothing."""
        for word, given, least in (
            ("cache_bytes", size, 0),
            ("cache_max_entries", entries, 1),
            ("cache_prune_buffer", buffer, 0),
        ):
            if given is not None and (type(given) is not int or given < least):
                raise InvalidInput(f"{word}={given!r}: a number, {least} at least")
        if entries is None:
            return cls(size)
        return cls(size, entries, min(entries // 4 if buffer is None else buffer, entries - 1))

    def left(self, entries: int) -> int:
        """How many of ``entries`` may stay."""
        return entries if self.entries is None or entries <= self.entries else self.entries - self.buffer


@dataclass(frozen=True, slots=True)
class PathCache:
    """Within ``bounds``; safe for any number of threads, and of processes on one host."""

    directory: Path
    bounds: Bounds
    boot: str
    """Entries made before the machine last started are not trusted: they may not have reached the disk."""

    def use(self, key: str, fill: Fill, pins: Pins, check: Check | None = None) -> Path:
        """The tree of ``key``, made by ``fill(directory)`` if there is none that is as it was made.

        ``check`` may refuse one that looks so. The tree stays until ``pins`` is released.
        """
        with _told(self.directory):
            for folder in ("paths", "making", "pins", "new"):
                (self.directory / folder).mkdir(parents=True, exist_ok=True)
            with self._locked(key, fcntl.LOCK_SH):
                entry = self._intact_entry(key, check)
                if entry:
                    pins.add(self.directory / "pins", entry.name)
            if entry is None:
                with self._locked(key, fcntl.LOCK_EX):
                    entry = self._intact_entry(key, check) or self._make(key, fill)
                    pins.add(self.directory / "pins", entry.name)
                self._evict(self.bounds)
            with suppress(FileNotFoundError):  # the pins were released meanwhile
                os.utime(entry / "seal.json")
            return entry / "tree"

    def clear(self) -> None:
        """Take away every entry that nobody has pinned."""
        if (self.directory / "pins").is_dir():
            with _told(self.directory):
                self._evict(Bounds(0, 0))

    @contextmanager
    def _locked(self, key: str, how: int) -> Iterator[None]:
        fd = os.open(self.directory / "making" / key, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(fd, how)
            yield
        finally:
            fcntl.flock(fd, fcntl.LOCK_UN)  # a process forked meanwhile has the descriptor, too
            os.close(fd)

    def _intact_entry(self, key: str, check: Check | None) -> Path | None:
        for entry in self._entries(key):
            if not entry.exists():
                return None
            if self._intact(entry) and (check is None or check(entry / "tree")):
                return entry
        return None

    def _entries(self, key: str) -> Iterator[Path]:
        yield self.directory / "paths" / key
        yield from (self.directory / "paths" / f"{key}.{n}" for n in range(1, 1000))

    def _make(self, key: str, fill: Fill) -> Path:
        self._remove_leftovers()
        beside = self.directory / "new" / secrets.token_hex(16)
        pinned = self._pinned()
        entry = next(e for e in self._entries(key) if not e.exists() or e.name not in pinned)
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
        return entry

    def _intact(self, entry: Path) -> bool:
        try:
            seal = json.loads((entry / "seal.json").read_bytes())
            return bool(seal["boot"] == self.boot and seal["files"] == _look(entry / "tree"))
        except _NO_SEAL:
            return False

    def _pinned(self) -> set[str]:
        """Entries that an open Registry handed out; pins of Registries that are gone are removed."""
        found: set[str] = set()
        for path in (self.directory / "pins").iterdir():
            with suppress(FileNotFoundError), path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    found.update(file.read().decode().split())
                else:
                    path.unlink()
        return found

    def _evict(self, bounds: Bounds) -> None:
        """Take away the least recently used entries that nobody has pinned, until the rest fits."""
        entries = []
        for seal in (self.directory / "paths").glob("*/seal.json"):
            with suppress(*_NO_SEAL):
                size = int(json.loads(seal.read_bytes())["size"])
                entries.append((seal.stat().st_mtime_ns, size, seal.parent))
        total, count = sum(size for _, size, _ in entries), len(entries)
        left = bounds.left(count)
        for _, size, entry in sorted(entries):
            if total <= bounds.size and count <= left:
                return
            with self._locked(entry.name.partition(".")[0], fcntl.LOCK_EX):
                if entry.name not in self._pinned():
                    _remove(entry)
                    total, count = total - size, count - 1

    def _remove_leftovers(self) -> None:
        for path in (self.directory / "new").iterdir():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFTOVER:
                    _remove(path)


def own_directory(owner: object) -> Path:
    """A directory for a cache that nobody shares; taken away when ``owner`` is forgotten, which a forked
    process leaves to its parent."""
    made = Path(tempfile.mkdtemp(prefix="casreg-"))
    weakref.finalize(owner, _take_away, made, os.getpid())
    return made


def _take_away(directory: Path, pid: int) -> None:
    if os.getpid() == pid:
        with suppress(OSError):
            _remove(directory)


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


@contextmanager
def _told(directory: Path) -> Iterator[None]:
    try:
        yield
    except CasregError:
        raise
    except PermissionError as error:
        raise Denied(f"the cache at {directory} may not be written", path=str(directory)) from error
    except FileNotFoundError as error:
        raise Conflict(
            f"the cache at {directory} was emptied while it was used: load again", path=str(directory)
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise InvalidInput(f"the cache cannot be at {directory}: a file is in the way") from error
