"""The order of things, watched at the operating system's door."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from localdisk import LINUX, files

from casreg.errors import (
    Unavailable,
    Uncertain,
)
from casreg.stores.local import LocalStore


def watch(monkeypatch: pytest.MonkeyPatch, root: Path) -> list[str]:
    events: list[str] = []
    fsync, link, rename = os.fsync, os.link, os.rename

    def where(fd: int) -> str:
        return os.path.relpath(os.readlink(f"/proc/self/fd/{fd}"), root)

    def watched_fsync(fd: int) -> None:
        events.append(f"flush {where(fd)}" if stat.S_ISDIR(os.fstat(fd).st_mode) else "flush file")
        fsync(fd)

    def watched_link(source: Any, target: Any, **options: Any) -> None:
        link(source, target, **options)
        events.append("link")

    def watched_rename(source: Any, target: Any, **options: Any) -> None:
        rename(source, target, **options)
        events.append("rename")

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "link", watched_link)
    monkeypatch.setattr(os, "rename", watched_rename)
    return events


@pytest.mark.skipif(not LINUX, reason="names descriptors by /proc")
def test_bytes_are_flushed_before_they_get_a_name_and_the_name_before_success(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = watch(monkeypatch, store.root)
    store.create("refs/a/1", b"x")
    assert events == ["flush .", "flush refs", "flush file", "link", "flush refs/a"]
    events.clear()
    store.create("refs/a/2", b"x")
    assert events == ["flush file", "link", "flush refs/a"]
    events.clear()
    store.create("refs/a/2", b"x")
    assert events == ["flush file", "flush refs/a"]
    events.clear()
    store.write("refs/a/2", [b"y"])
    assert events in (
        ["flush file", "link", "rename", "flush refs/a"],
        ["flush file", "rename", "flush refs/a"],
    )
    events.clear()
    store.remove("refs/a/2")
    assert events == ["flush refs/a"]


@pytest.mark.skipif(not LINUX, reason="names descriptors by /proc")
def test_folders_that_another_process_made_are_flushed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "refs" / "a").mkdir(parents=True)
    events = watch(monkeypatch, tmp_path)
    LocalStore(tmp_path).create("refs/a/1", b"x")
    assert events[:2] == ["flush .", "flush refs"]


def test_durability_none_flushes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda fd: pytest.fail("fsync was called"))
    store = LocalStore.open(tmp_path / "new" / "store", create=True, durability="none")
    store.create("a/b/c", b"x")
    store.write("a/b/c", [b"y"])
    store.remove("a/b/c")


def test_a_folder_that_cannot_be_flushed_leaves_create_uncertain(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create("refs/a", b"x")
    fsync = os.fsync

    def failing(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(Uncertain, match="refs/b was put into"):
        store.create("refs/b", b"x")
    with pytest.raises(Unavailable, match="Input/output error while writing refs/a"):
        # Somebody else's: that is certain, that it lasts is not.
        store.create("refs/a", b"y")
    with pytest.raises(Unavailable, match="Input/output error while writing refs/c"):
        store.write("refs/c", [b"x"])
    monkeypatch.undo()
    assert store.read("refs/b") == b"x"


def test_a_file_that_cannot_be_flushed_gets_no_name(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create("refs/a", b"x")

    def failing(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", failing)
    for change in (lambda: store.create("refs/b", b"x"), lambda: store.write("refs/a", [b"y"])):
        with pytest.raises(Unavailable):
            change()
    assert files(store.root) == ["refs/a"]
    assert store.read("refs/a") == b"x"
