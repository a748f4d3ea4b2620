"""What is on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from localdisk import LINUX, every_verb, files, keys

from casreg.errors import (
    BlobNotFound,
    CasregError,
    Corrupt,
    InvalidInput,
)
from casreg.stores.local import LocalStore


def test_an_object_is_the_file_named_by_its_key(store: LocalStore) -> None:
    store.create("refs/det%2fyolo/r8~,r8", b"ref")
    store.write("blobs/sha256/00", [b"bl", b"ob"])
    store.write("blobs/sha256/00", [b"blob"])
    assert files(store.root) == ["blobs/sha256/00", "refs/det%2fyolo/r8~,r8"]
    assert (store.root / "blobs/sha256/00").read_bytes() == b"blob"


def test_temporaries_are_no_objects(store: LocalStore) -> None:
    (store.root / "tmp").mkdir()
    (store.root / "tmp" / "half").write_bytes(b"half")
    store.create("tmpx", b"x")
    store.create("a/tmp/x", b"x")
    assert keys(store) == ["a/tmp/x", "tmpx"]
    assert keys(store, "tmp/") == keys(store, "tmp/ha") == []
    assert keys(store, "tmp") == ["tmpx"]
    for verb, call in every_verb(store, "tmp/half").items():
        if not verb.startswith("scan"):
            with pytest.raises(InvalidInput):
                call()


def test_what_is_no_object_of_ours_is_left_out_of_listings(store: LocalStore) -> None:
    store.create("refs/a", b"x")
    folder = store.root / "refs"
    for name in (
        b"\xff\xfe",
        "gr\u00f6\u00dfe".encode(),
        b"new\nline",
        b".nfs000000000012ab3400000001",
        b"bell\a",
    ):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x")
    (folder / "f\u00f6lder").mkdir()
    (folder / "f\u00f6lder" / "file").write_bytes(b"x")
    os.mkfifo(folder / "fifo")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "empty").mkdir()
    assert keys(store) == keys(store, "refs/") == ["refs/a"]


def test_linked_objects_and_folders_are_read(store: LocalStore, tmp_path: Path) -> None:
    elsewhere = tmp_path / "bigger disk"
    elsewhere.mkdir()
    (elsewhere / "00").write_bytes(b"blob")
    (store.root / "blobs").symlink_to(elsewhere)
    (store.root / "alias").symlink_to(elsewhere / "00")
    assert store.read("blobs/00") == store.read("alias") == b"blob"
    assert [(entry.key, entry.size) for entry in store.scan("")] == [("alias", 4), ("blobs/00", 4)]
    store.create("blobs/01", b"x")
    assert (elsewhere / "01").read_bytes() == b"x"


def test_a_folder_is_not_an_object(store: LocalStore) -> None:
    store.create("refs/a/1", b"x")
    assert store.stat("refs/a") is None
    with pytest.raises(BlobNotFound):
        store.read("refs/a", 0, 0)
    for change in (
        lambda: store.create("refs/a", b"x"),
        lambda: store.write("refs/a", [b"x"]),
        lambda: store.create("refs/a/1/2", b"x"),
        lambda: store.write("refs/a/1/2", [b"x"]),
    ):
        with pytest.raises(InvalidInput):
            change()
    assert files(store.root) == ["refs/a/1"]


def test_a_name_too_long_for_the_disk_is_invalid(store: LocalStore) -> None:
    key = "refs/" + "n" * 300
    for call in (lambda: store.create(key, b""), lambda: store.write(key, [b""]), lambda: store.read(key)):
        with pytest.raises(InvalidInput, match="too long"):
            call()
    assert files(store.root) == []


def test_a_shortened_file_is_corrupt_not_short(store: LocalStore) -> None:
    store.write("blobs/a", [b"0123456789"])
    os.truncate(store.root / "blobs" / "a", 4)
    with pytest.raises(Corrupt, match="ends at byte 4, where 3 more"):
        store.read_into("blobs/a", 2, [memoryview(bytearray(5))])


@pytest.mark.skipif(not LINUX, reason="counts descriptors in /proc")
def test_no_descriptor_outlives_its_call(store: LocalStore) -> None:
    store.create("refs/a/0", b"x")
    before = sorted(os.listdir("/proc/self/fd"))
    for key in ("refs/a/1", "refs/b/1", "refs/a", "refs/a/1/2"):
        for call in every_verb(store, key).values():
            try:
                call()
            except CasregError:
                continue
    next(iter(store.scan("refs/")))
    assert sorted(os.listdir("/proc/self/fd")) == before
