"""Disks that are full, cannot be written, or are unmounted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from localdisk import LINUX, every_verb, files, keys, script

from casreg.errors import (
    NoSpace,
    ReadOnly,
    Unavailable,
)
from casreg.stores.local import LocalStore


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mounted)]
    if not LINUX or os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a tmpfs here")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


@pytest.mark.parametrize("anonymous", [True, False])
def test_a_full_disk_is_no_space_and_keeps_what_was_there(small: Path, anonymous: bool) -> None:
    store = LocalStore(small, _anonymous=anonymous)
    store.write("blobs/a", [b"old"])
    for change in (
        lambda: store.write("blobs/a", [bytes(1 << 20)] * 2),
        lambda: store.write("blobs/b", [bytes(1 << 20)] * 2),
        lambda: store.create("blobs/c", bytes(2 << 20)),
    ):
        with pytest.raises(NoSpace, match="No space left on device while writing blobs/"):
            change()
    assert files(small) == ["blobs/a"]
    assert store.read("blobs/a") == b"old"
    # The space of the failed writes is free again.
    store.write("blobs/b", [bytes(900 << 10)])


def test_a_read_only_disk_is_read_and_refuses_changes(small: Path) -> None:
    LocalStore(small).create("refs/a", b"x")
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    store = LocalStore.open(small, create=True)
    assert (store.read("refs/a"), keys(store)) == (b"x", ["refs/a"])
    for change in (
        lambda: store.create("refs/b", b"x"),
        lambda: store.create("new/b", b"x"),
        lambda: store.write("refs/a", [b"y"]),
        lambda: store.remove("refs/a"),
    ):
        with pytest.raises(ReadOnly):
            change()


def test_an_unmounted_disk_is_unavailable(small: Path) -> None:
    disk = small / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    try:
        store = LocalStore(disk)
        store.create("refs/a", b"x")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    for verb in every_verb(store).values():
        with pytest.raises(Unavailable):
            verb()
    assert os.listdir(disk) == []


LIMITED = """
import resource, sys
from pathlib import Path
from casreg.errors import NoSpace
from casreg.stores.local import LocalStore
store = LocalStore(Path(sys.argv[1]), _anonymous=sys.argv[2] == "True")
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
half = bytes(1 << 15)
for change in (lambda: store.write("blobs/a", [half] * 9), lambda: store.create("blobs/b", half * 9)):
    try:
        change()
    except NoSpace:
        print("no space")
"""


@pytest.mark.parametrize("anonymous", [True, False])
def test_a_file_that_stops_growing_half_way_leaves_nothing(tmp_path: Path, anonymous: bool) -> None:
    assert script(LIMITED, tmp_path, anonymous).communicate()[0].splitlines() == ["no space"] * 2
    assert files(tmp_path) == []
