"""A store with a good version and an evil one, and everything that a victim may do with the latter."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from casreg import CasregError, Registry
from casreg.stores.protocol import Store
from tools.fuzz.forged import forge

GOOD = {"a": [1, 2, 3]}


def attacked(store: Store, **lies: Any) -> str:
    """A good version, made by casreg, and ``evil@1`` beside it; the key of its ref."""
    Registry(store, version_objects=True).save("good", GOOD)
    lies.setdefault("parts", {"a/one": b"x" * 3000, "two": b"y" * 2000})
    return forge(store, **lies)


def read_all(registry: Registry) -> list[bytes]:
    with registry.open("evil") as snapshot:
        return [snapshot.read(part.path) for part in snapshot.parts]


def files(place: Path) -> set[str]:
    """Of everything below ``place`` that is no directory."""
    return {str(path.relative_to(place)) for path in place.rglob("*") if path.is_symlink() or path.is_file()}


def refused(
    store: Store,
    place: Path,
    error: type[CasregError],
    match: str,
    *,
    sees: bool = True,
    reads_without: bool = False,
) -> CasregError:
    """The error that every way to the bytes of ``evil`` ends in: none leaves a file behind.

    ``reads_without``: the lie is in the head, which who reads single parts does not look at. fsck tells of
    it, too, and what else is in the store is not harmed.
    """
    registry = Registry(store, cache_dir=place / "cache", read_only=True)
    before = files(place)
    out = place / "out"
    for verify in ("integrity", "full"):
        with pytest.raises(error, match=match) as caught:
            registry.load("evil", output_dir=out, verify=verify)
    with pytest.raises(error, match=match):
        registry.load("evil")
    if not reads_without:
        with pytest.raises(CasregError):
            read_all(registry)
        with pytest.raises(CasregError):
            registry.checkout("evil", place / "mine")
        assert not (place / "mine").exists()
    with contextlib.suppress(CasregError):
        registry.info("evil@1")
    found = registry.fsck()
    assert {finding.name for finding in found if not finding.harmless} <= {"evil", None}
    assert any(not finding.harmless for finding in found)
    after = {path for path in files(place) - before if not path.startswith(("cache/making/", "cache/pins/"))}
    assert after == set(), "something was written"
    assert registry.load("good", verify="full") == GOOD
    told = caught.value
    assert (told.name, told.version) == ("evil", "1")
    assert len(str(told)) < 2000
    return told
