"""What a store holds besides versions: damage is found, leftovers are told, what is foreign is unknown."""

from pathlib import Path

import pytest
from damaging import CONDEMNED, LEASE, SETTINGS, findings, make_store

from casreg import Registry, Unsupported
from casreg.stores.local import LocalStore
from casreg.stores.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return make_store()


@pytest.mark.parametrize("key", ["casreg.json", SETTINGS, LEASE, CONDEMNED])
@pytest.mark.parametrize("body", [b"", b"rubbish", b"{", b"[]", b"\xff\xfe", b'{"format":0'])
def test_a_document_that_cannot_be_read_is_corrupt(store: MemoryStore, key: str, body: bytes) -> None:
    store.write(key, [body])
    (found,) = findings(store)
    assert (found.kind, found.key, found.name) == ("corrupt", key, None)


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("casreg.json", b'{"format":0,"id":"x","created":"2026-01-01T00:00:00Z"}'),
        (SETTINGS, b'{"grace":-1}'),
        (LEASE, b'{"meant":"x"}'),
        (CONDEMNED, b'{"blobs":["sha256:short"]}'),
        ("settings/r7", b"rubbish"),  # newer than the one that was good
        ("settings/r9", b"rubbish"),  # older
    ],
)
def test_a_document_that_breaks_its_rules_is_corrupt(store: MemoryStore, key: str, body: bytes) -> None:
    store.write(key, [body])
    (found,) = findings(store)
    assert (found.kind, found.key) == ("corrupt", key)


def test_a_store_without_its_description_is_told_so(store: MemoryStore) -> None:
    store.remove("casreg.json")
    (found,) = findings(store)
    assert (found.kind, found.key) == ("missing", "casreg.json")


def test_a_store_of_another_format_is_refused_not_called_damaged(store: MemoryStore) -> None:
    store.write("casreg.json", [store.read("casreg.json").replace(b'"format":0', b'"format":7')])
    with pytest.raises(Unsupported, match="format 7"):
        findings(store)


@pytest.mark.parametrize(
    "key",
    [
        "notes.txt",
        "casreg.json.bak",
        "blobs/x",
        "blobs/sha256/short",
        "blobs/sha256/" + "A" * 64,
        "blobs/sha512/" + "a" * 64,
        "blobs/sha256/" + "a" * 64 + "/x",
        "settings/1",
        "settings/r8/x",
        "leases/x",
        "leases/" + "g" * 32,
        LEASE + ".old",
        "condemned/x",
        CONDEMNED + ".open",
        "refs.old/a/r8~,r8",
    ],
)
@pytest.mark.parametrize("body", [b"", b"something"])
def test_what_has_no_place_in_the_format_is_unknown(store: MemoryStore, key: str, body: bytes) -> None:
    store.write(key, [body])
    (found,) = findings(store)
    assert (found.kind, found.key, found.harmless) == ("unknown", key, False)


def test_what_a_janitor_notes_beside_a_list_belongs_there(store: MemoryStore) -> None:
    store.write(CONDEMNED + ".wait", [b"[]"])
    store.write(CONDEMNED + ".closed", [b""])
    assert findings(store) == []


@pytest.mark.parametrize("suffix", ["wait", "closed"])
def test_what_is_left_of_a_condemned_list_is_an_orphan(store: MemoryStore, suffix: str) -> None:
    key = f"condemned/{'3' * 32}.{suffix}"
    store.write(key, [b"12345"])
    (found,) = findings(store)
    assert (found.kind, found.key, found.size) == ("orphan", key, 5)


def test_what_a_probe_left_is_an_orphan(store: MemoryStore) -> None:
    store.write("probe/abc/def", [b"123"])
    (found,) = findings(store)
    assert (found.kind, found.key, found.size, found.message) == (
        "orphan",
        "probe/abc/def",
        3,
        "left by a probe of the store",
    )


def test_an_orphan_blob_is_told_with_its_size_whatever_is_in_it(store: MemoryStore) -> None:
    for number, body in enumerate([b"left by a crash", b""]):
        store.write(f"blobs/sha256/{number:064}", [body])
    assert [(f.kind, f.size, f.harmless, f.message) for f in findings(store)] == [
        ("orphan", 15, True, "needed by no version"),
        ("orphan", 0, True, "needed by no version"),
    ]


def test_in_a_directory_what_is_nobodys_object_is_passed_over(tmp_path: Path) -> None:
    """Unfinished files, names that no key has, what NFS keeps, folders; a foreign file is unknown."""
    Registry(tmp_path / "store", durability="none").save("a", 1)
    folder = tmp_path / "store"
    (folder / "tmp").mkdir(exist_ok=True)
    (folder / "tmp" / "0123").write_bytes(b"unfinished")
    (folder / "blobs" / "sha256" / ".nfs0123456789abcdef0001").parent.mkdir(parents=True, exist_ok=True)
    (folder / "blobs" / "sha256" / ".nfs0123456789abcdef0001").write_bytes(b"held open")
    (folder / "größe").write_bytes(b"x")
    (folder / "empty" / "folders").mkdir(parents=True)
    store = LocalStore(folder)
    assert findings(store) == []  # type: ignore[arg-type]
    (folder / "README").write_bytes(b"x")
    assert [(f.kind, f.key) for f in findings(store)] == [("unknown", "README")]  # type: ignore[arg-type]
