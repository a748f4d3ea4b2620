"""Opening a directory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from casreg.errors import (
    InvalidInput,
    StoreNotFound,
)
from casreg.stores.local import LocalStore


def test_opening_writes_nothing(tmp_path: Path) -> None:
    LocalStore(tmp_path)
    LocalStore.open(tmp_path, create=True)
    assert os.listdir(tmp_path) == []


def test_a_missing_directory_is_made_only_when_asked(tmp_path: Path) -> None:
    root = tmp_path / "a" / "b" / "store"
    attempts: list[Callable[[], object]] = [lambda: LocalStore(root), lambda: LocalStore.open(root)]
    for attempt in attempts:
        with pytest.raises(StoreNotFound, match="there is no directory"):
            attempt()
    assert os.listdir(tmp_path) == []
    store = LocalStore.open(root, create=True)
    assert store.url == str(root)
    assert store.create("a", b"x")
    assert LocalStore.open(root, create=True).read("a") == b"x"


@pytest.mark.parametrize("create", [True, False])
def test_a_file_is_not_a_store(tmp_path: Path, create: bool) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"mine")
    for root in (file, file / "below"):
        with pytest.raises(InvalidInput, match="ot a directory"):
            LocalStore.open(root, create)
    assert file.read_bytes() == b"mine"


def test_an_unknown_durability_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="'fsync' or 'none'"):
        LocalStore(tmp_path, durability="perhaps")


def test_a_change_of_the_working_directory_does_not_move_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "store").mkdir()
    monkeypatch.chdir(tmp_path)
    store = LocalStore(Path("store"))
    monkeypatch.chdir("/")
    store.create("a", b"x")
    assert (tmp_path / "store" / "a").read_bytes() == b"x"
