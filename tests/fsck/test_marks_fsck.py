"""What fsck says of tags and protection."""

import time

import pytest

from casreg import Registry, commit
from casreg.names import Name, Version
from casreg.stores.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    """A tag that was moved, one that was taken away, a version that is protected, one that was."""
    store = MemoryStore()
    registry = Registry(store, version_objects=True)
    registry.save("a", 1, tags=["prod", "old"])
    registry.save("a", 2, tags="prod")
    registry.untag("a", "old")
    registry.protect("a@1")
    registry.protect("a@2")
    registry.unprotect("a@2")
    return store


def findings(store: MemoryStore) -> list[tuple[str, str | None, str | None]]:
    return [(found.kind, found.key, found.name) for found in Registry(store).fsck()]


def test_tags_and_protection_and_their_history_are_no_finding(store: MemoryStore) -> None:
    assert findings(store) == []


@pytest.mark.parametrize("prefix", ["tags/", "protected/"])
@pytest.mark.parametrize("body", [b"rubbish", b"{}", b'{"format":7}'])
def test_marks_that_cannot_be_read_are_corrupt(store: MemoryStore, prefix: str, body: bytes) -> None:
    key = next(entry.key for entry in store.scan(prefix) if entry.size)
    store.write(key, [body])
    assert findings(store) == [("corrupt", key, "a")]


@pytest.mark.parametrize(
    "key", ["tags/x", "tags/a/prod", "tags/a/prod,8", "protected/a/1,r8~", "protected/a/r8~"]
)
def test_what_is_no_key_of_a_mark_is_unknown(store: MemoryStore, key: str) -> None:
    store.write(key, [b"{}"])
    assert findings(store) == [("unknown", key, None)]


def test_marks_of_versions_that_a_delete_which_died_took_are_orphans(store: MemoryStore) -> None:
    for version in ("1", "2"):
        commit.delete_version(store, Name.parse("a"), Version(version), time.time)
    found = {found.message: found for found in Registry(store).fsck() if found.version}
    assert sorted(found) == [
        "a has version 1, which is deleted but protected: unprotect it, or undo the delete",
        "the tag a@prod stands for version 2, which is deleted: untag it, or move it",
    ]
    assert all(one.kind == "orphan" and one.harmless for one in found.values())
    registry = Registry(store)
    registry.untag("a", "prod")
    registry.unprotect("a@1")
    assert not [one for one in registry.fsck() if one.version]
