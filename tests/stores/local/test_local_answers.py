"""What the operating system may answer to a read or a write."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest
from localdisk import files

from casreg.errors import (
    CasregError,
    Corrupt,
    Denied,
    NoSpace,
    ReadOnly,
    Unavailable,
)
from casreg.stores.local import LocalStore


def test_reads_and_writes_that_stop_short_are_continued(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    pread, preadv, writev = os.pread, os.preadv, os.writev

    def short(buffers: list[memoryview]) -> list[memoryview]:
        return [buffers[0], buffers[1][:1]] if len(buffers) > 1 else [buffers[0][:3]]

    monkeypatch.setattr(os, "pread", lambda fd, size, at: pread(fd, min(size, 3), at))
    monkeypatch.setattr(os, "preadv", lambda fd, buffers, at: preadv(fd, short(buffers), at))
    monkeypatch.setattr(os, "writev", lambda fd, buffers: writev(fd, short(buffers)))
    store.write("a", [b"01", b"", b"234567", b"89ab", b"cdefghij"])
    assert store.read("a") == b"0123456789abcdefghij"
    assert store.read("a", 4, 12) == b"456789ab"
    target = memoryview(bytearray(18))
    store.read_into("a", 1, [target[:1], target[1:8], target[8:10], target[10:]])
    assert target.tobytes() == b"123456789abcdefghi"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EDQUOT, NoSpace),
        (errno.EACCES, Denied),
        (errno.EROFS, ReadOnly),
        (errno.EIO, Unavailable),
        (errno.ESTALE, Unavailable),
        (errno.EMFILE, Unavailable),
        (errno.ETIMEDOUT, Unavailable),
        (errno.EBADMSG, Corrupt),
    ],
)
def test_what_a_disk_says_becomes_ours(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[CasregError]
) -> None:
    store.create("refs/a", b"x")

    def failing(*arguments: Any) -> Any:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "pread", failing)
    monkeypatch.setattr(os, "preadv", failing)
    monkeypatch.setattr(os, "writev", failing)
    for call in (
        lambda: store.read("refs/a"),
        lambda: store.read_into("refs/a", 0, [memoryview(bytearray(1))]),
        lambda: store.write("refs/a", [b"y"]),
        lambda: store.create("refs/b", b"y"),
    ):
        with pytest.raises(kind) as raised:
            call()
        assert type(raised.value) is kind
        assert (raised.value.store, raised.value.key[:5]) == (str(store.root), "refs/")
    monkeypatch.undo()
    assert files(store.root) == ["refs/a"]
    assert store.read("refs/a") == b"x"
