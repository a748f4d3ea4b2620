"""Who it was: kept with every version, unless that is switched off."""

import getpass
import pickle
import platform
from pathlib import Path
from typing import Any

import pytest

from casreg import InvalidInput, Registry, default


def saved_by(registry: Registry) -> tuple[str | None, str | None]:
    with registry.open("a", registry.save("a", 1)) as snapshot:
        return snapshot.ref.author, snapshot.ref.host


def test_a_version_says_who_saved_it_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    assert saved_by(Registry("memory://")) == (getpass.getuser(), platform.node())
    assert saved_by(Registry("memory://", author="Ada ✓")) == ("Ada ✓", platform.node())
    monkeypatch.setenv("CASREG_AUTHOR", "pipeline")
    assert saved_by(Registry("memory://")) == ("pipeline", platform.node())
    assert saved_by(Registry("memory://", author="Ada")) == ("Ada", platform.node())


def test_it_can_be_switched_off_for_a_registry_or_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert saved_by(Registry("memory://", author=False)) == (None, None)
    monkeypatch.setenv("CASREG_AUTHOR", "")
    registry = Registry("memory://")
    assert saved_by(registry) == (None, None)
    body = next(registry.backend.read(entry.key) for entry in registry.backend.scan("refs/"))
    assert b"author" not in body
    assert b"host" not in body


def test_a_copy_says_who_copied_it() -> None:
    source, target = Registry("memory://", author="Ada"), Registry("memory://", author="Bob")
    source.save("a", 1)
    target.download(source, "a")
    assert target.open("a").ref.author == "Bob"
    assert target.open("a").digest == source.open("a").digest


def test_a_registry_in_another_process_is_of_the_same_author(tmp_path: Path) -> None:
    there = pickle.loads(pickle.dumps(Registry(tmp_path, author="Ada")))
    assert saved_by(there)[0] == "Ada"


@pytest.mark.parametrize("author", ["a\nb", "\x1b[31m", "x" * 201, "\ud800", 3, b"Ada"])
def test_what_can_be_no_author_is_refused(author: Any) -> None:
    with pytest.raises(InvalidInput, match="author="):
        Registry("memory://", author=author)


def test_a_user_without_a_name_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(getpass, "getuser", nameless)
    default.user.cache_clear()
    try:
        assert saved_by(Registry("memory://")) == (None, platform.node())
    finally:
        default.user.cache_clear()
