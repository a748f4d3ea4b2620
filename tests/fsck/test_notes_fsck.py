"""What fsck says of notes."""

import pytest
from damaging import findings, make_store

from casreg import Registry
from casreg.stores.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    """The first name's latest version has been noted of twice."""
    store = make_store()
    registry = Registry(store)
    name = registry.list_objects()[0]
    registry.note(name, {"x": 1})
    registry.note(name, {"x": 2})
    return store


def keys(store: MemoryStore) -> list[str]:
    """The newest first."""
    return [entry.key for entry in store.scan("notes/")]


def test_notes_and_their_history_are_no_finding(store: MemoryStore) -> None:
    assert len(keys(store)) == 2
    assert findings(store) == []
    store.write(keys(store)[1], [b""])
    assert findings(store) == []


@pytest.mark.parametrize("body", [b"rubbish", b"{}", b'{"format":7,"notes":{}}'])
def test_notes_that_cannot_be_read_are_corrupt(store: MemoryStore, body: bytes) -> None:
    (name,), newest, older = {key.split("/")[1] for key in keys(store)}, *keys(store)
    store.write(newest, [body])
    (found,) = findings(store)
    assert (found.kind, found.key, found.generation) == ("corrupt", newest, None)
    assert found.name == Registry(store).list_objects()[0] == name
    assert found.version == Registry(store).list_versions(found.name)[-1]
    store.write(older, [body])
    assert [one.generation for one in findings(store)] == [None, 1]


@pytest.mark.parametrize(
    "key", ["notes/x", "notes/a/r8~", "notes/a/r8~,8", "notes/A/r8~,r8", "notes/a/b/r8~,r8"]
)
def test_what_is_no_key_of_notes_is_unknown(store: MemoryStore, key: str) -> None:
    store.write(key, [b""])
    (found,) = findings(store)
    assert (found.kind, found.key) == ("unknown", key)
