"""Large files written past the page cache hold the same bytes as any other."""

import errno
import fcntl
import os
import random
from pathlib import Path

import pytest

from casreg.stores import _direct
from casreg.stores._direct import LARGE, write_direct
from casreg.stores.local import LocalStore

SIZES = [LARGE, LARGE + 1, LARGE + 4095, LARGE + 4096, 2 * LARGE - 1, 2 * LARGE, 3 * LARGE + 12345]


def pieces(size: int) -> list[bytes]:
    rng = random.Random(size)
    whole, cut = rng.randbytes(size), []
    while whole:
        count = rng.choice([1, 100, 4096, 70_000, 1 << 20])
        cut.append(whole[:count])
        whole = whole[count:]
    return cut


@pytest.mark.parametrize("size", SIZES)
def test_a_large_object_is_what_was_written(tmp_path: Path, size: int) -> None:
    store = LocalStore(tmp_path)
    data = pieces(size)
    store.write("blobs/x", data)
    assert store.read("blobs/x") == b"".join(data)
    store.write("blobs/x", data[::-1])
    assert store.read("blobs/x") == b"".join(data[::-1])


def test_where_it_is_refused_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pieces(LARGE)

    real = fcntl.fcntl

    def refusing(fd: int, command: int, argument: int = 0) -> int:
        if command == fcntl.F_SETFL and argument & os.O_DIRECT:
            raise OSError(errno.EINVAL, "Invalid argument")
        return real(fd, command, argument)

    monkeypatch.setattr(fcntl, "fcntl", refusing)
    with (tmp_path / "f").open("wb") as file:
        assert write_direct(file.fileno(), data) is False
        assert os.fstat(file.fileno()).st_size == 0
    monkeypatch.setattr(_direct, "_O_DIRECT", 0)
    store = LocalStore.open(tmp_path / "store", create=True)
    store.write("x", data)
    assert store.read("x") == b"".join(data)


def test_a_full_disk_in_the_middle_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from casreg import NoSpace

    real, written = os.pwrite, 0

    def pwrite(fd: int, data: memoryview, at: int) -> int:
        nonlocal written
        if at:
            raise OSError(errno.ENOSPC, "No space left on device")
        written += 1
        return real(fd, data, at)

    monkeypatch.setattr(os, "pwrite", pwrite)
    store = LocalStore(tmp_path)
    with pytest.raises(NoSpace):
        store.write("blobs/x", pieces(2 * LARGE + 5))
    assert written
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
