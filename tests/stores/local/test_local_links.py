"""link(2) as file systems answer it."""

from __future__ import annotations

import errno

import pytest
from localdisk import answer_links, files

from casreg.errors import (
    Uncertain,
    Unsupported,
)
from casreg.stores.local import LocalStore
from casreg.stores.probe import probe


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV, errno.ENOSYS])
def test_a_file_system_without_hard_links_is_unsupported(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    answer_links(monkeypatch, number)
    with pytest.raises(Unsupported, match="without hard links") as raised:
        store.create("refs/a", b"x")
    assert str(store.root) in str(raised.value)
    with pytest.raises(Unsupported, match="without hard links"):
        probe(store)
    assert files(store.root) == []
    # What is written unconditionally needs no link.
    store.write("refs/a", [b"x"])
    store.write("refs/a", [b"y"])
    assert store.read("refs/a") == b"y"
    assert files(store.root) == ["refs/a"]


def test_a_link_that_was_made_and_then_refused_as_existing_is_ours(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_links(monkeypatch, errno.EEXIST, made=True)
    assert store.create("refs/a", b"x") is True
    monkeypatch.undo()
    assert store.create("refs/a", b"y") is False
    assert store.read("refs/a") == b"x"


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT])
@pytest.mark.parametrize("made", [True, False])
def test_a_lost_answer_to_a_link_is_uncertain(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, number: int, made: bool
) -> None:
    answer_links(monkeypatch, number, made=made)
    with pytest.raises(Uncertain, match="no answer whether refs/a"):
        store.create("refs/a", b"x")
    monkeypatch.undo()
    assert (store.stat("refs/a") is not None) is made
