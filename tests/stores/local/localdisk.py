"""What the tests of the store in a directory share: what lies on the disk, every verb, link(2) that fails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from casreg.stores.local import LocalStore

LINUX = sys.platform == "linux"
VERBS = ("read", "read_into", "stat", "write", "create", "remove", "scan", "scan a folder")


def files(root: Path) -> list[str]:
    """Every file below ``root``, temporaries included."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def keys(store: LocalStore, prefix: str = "") -> list[str]:
    return [entry.key for entry in store.scan(prefix)]


def every_verb(store: LocalStore, key: str = "refs/a/1") -> dict[str, Callable[[], object]]:
    return {
        "read": lambda: store.read(key),
        "read_into": lambda: store.read_into(key, 0, [memoryview(bytearray(1))]),
        "stat": lambda: store.stat(key),
        "write": lambda: store.write(key, [b"x"]),
        "create": lambda: store.create(key, b"x"),
        "remove": lambda: store.remove(key),
        "scan": lambda: list(store.scan("")),
        "scan a folder": lambda: list(store.scan("refs/a/")),
    }


def script(source: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process that has the imports of this one."""
    return subprocess.Popen(
        [sys.executable, "-c", source, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def answer_links(
    monkeypatch: pytest.MonkeyPatch, number: int, *, made: bool = False, proc_only: bool = False
) -> None:
    """Let link(2) fail with ``number``, after it was done if ``made``."""
    link = os.link

    def failing(source: Any, target: Any, **options: Any) -> None:
        refused = not proc_only or source.startswith("/proc/")
        if made or not refused:
            link(source, target, **options)
        if refused:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", failing)
