"""Unfinished files: where they are, and that none is left."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from localdisk import LINUX, answer_links, files

from casreg.errors import (
    Unavailable,
)
from casreg.stores.local import LocalStore


@pytest.mark.skipif(not LINUX, reason="needs O_TMPFILE")
@pytest.mark.parametrize("lacking", ["O_TMPFILE", "/proc"])
def test_without_o_tmpfile_or_proc_named_temporaries_are_used_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    tried: list[int] = []
    opened = os.open

    def watched(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            tried.append(flags)
            if lacking == "O_TMPFILE":
                raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return opened(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", watched)
    if lacking == "/proc":
        answer_links(monkeypatch, errno.ENOENT, proc_only=True)
    store = LocalStore(tmp_path)
    assert store.create("refs/a", b"x")
    assert not store.create("refs/a", b"y")
    store.write("refs/b", [b"x"])
    store.write("refs/b", [b"y"])
    assert (store.read("refs/a"), store.read("refs/b")) == (b"x", b"y")
    assert files(tmp_path) == ["refs/a", "refs/b"]
    assert len(tried) == 1


def test_leftovers_of_crashed_writers_are_taken_away_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    for name, days in (("old", 9), ("young", 6)):
        (tmp_path / "tmp" / name).write_bytes(b"half")
        at = os.stat(tmp_path).st_mtime - days * 86400
        os.utime(tmp_path / "tmp" / name, (at, at))
    LocalStore(tmp_path, _anonymous=False).create("a", b"x")
    assert files(tmp_path) == ["a", "tmp/young"]


def test_an_overwriting_that_fails_leaves_the_old_object_and_no_temporary(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("blobs/a", [b"old"])

    def failing(*_: Any, **options: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(Unavailable):
        store.write("blobs/a", [b"new"])
    assert files(store.root) == ["blobs/a"]
    assert store.read("blobs/a") == b"old"
