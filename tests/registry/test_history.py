"""What happened, and the way back."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_tags import Interfering

from casreg import (
    Conflict,
    InvalidInput,
    NameNotFound,
    NotFound,
    Registry,
    Unsupported,
    VersionNotFound,
    default,
)
from casreg.condemned import Condemned
from casreg.names.version import descending
from casreg.testing import FaultyStore, Sweep
from casreg.testing.sweeping import Times

BIG = np.random.default_rng(0).integers(0, 255, 200_000, np.uint8)


@pytest.fixture
def reg() -> Registry:
    """``m@1`` was "a", then "b", then deleted."""
    registry = Registry("memory://", version_objects=True, mutable=True, author="Ada")
    registry.save("m", "a")
    registry.save("m", "b", version="1")
    registry.delete("m", "1")
    return registry


def told(registry: Registry, reference: str) -> list[tuple[str, str | None, int]]:
    return [(str(event.action), event.version, event.generation) for event in registry.history(reference)]


def test_history_tells_what_happened_newest_first(reg: Registry) -> None:
    assert told(reg, "m") == [("deleted", "1", 3), ("overwritten", "1", 2), ("saved", "1", 1)]
    deleted, overwritten, saved = reg.history("m")
    assert (saved.author, saved.host) == ("Ada", default.host())
    assert deleted.author is None  # a tombstone holds nothing
    assert saved.digest != overwritten.digest
    assert (deleted.restorable, overwritten.restorable, saved.restorable) == (False, True, True)
    assert saved.time.utcoffset() is not None
    assert saved.facts()["action"] == "saved"


def test_what_is_marked_and_noted_is_in_it(reg: Registry) -> None:
    reg.save("m", "c", tags="prod")
    reg.save("m", "d", tags="prod")
    reg.protect("m@2")
    reg.unprotect("m@2")
    reg.note("m@2", {"acc": 0.9})
    reg.untag("m", "prod")
    actions = [(action, version) for action, version, _ in told(reg, "m@2")]
    assert actions[-1] == ("saved", "2")
    assert sorted(actions) == [
        ("noted", "2"),
        ("protected", "2"),
        ("saved", "2"),
        ("tagged", "2"),
        ("unprotected", "2"),
        ("untagged", "2"),
    ]
    tags = [(e.action, e.version) for e in reg.history("m") if e.tag == "prod"]
    assert tags == [("untagged", "2"), ("tagged", "2"), ("tagged", "1")]
    assert [e.action for e in reg.history("m@latest")][-1] == "saved"


def test_the_history_of_a_tag_is_that_of_its_version_and_its_own(reg: Registry) -> None:
    reg.save("m", "c", tags="prod")
    reg.save("m", "d", tags="prod")
    found = reg.history("m@prod")
    assert {(str(e.action), e.version) for e in found} >= {("tagged", "1"), ("tagged", "2"), ("saved", "2")}
    assert not any(e.version == "1" and e.tag is None for e in found)


def test_what_never_was_has_no_history(reg: Registry) -> None:
    with pytest.raises(NameNotFound):
        reg.history("nobody")
    with pytest.raises(VersionNotFound):
        reg.history("m@7")
    with pytest.raises(VersionNotFound):
        reg.history("m@prod")


def test_undo_brings_back_what_was_deleted_then_what_was_overwritten(reg: Registry) -> None:
    digests = {event.generation: event.digest for event in reg.history("m@1")}
    assert reg.undo("m@1") == "1"
    assert reg.load("m@1") == "b"
    assert reg.open("m@1").digest == digests[2]
    reg.undo("m@1")
    assert reg.load("m@1", verify="full") == "a"
    with pytest.raises(InvalidInput, match="nothing to undo"):
        reg.undo("m@1")
    restored = reg.history("m@1")[0]
    assert (restored.action, restored.restores, restored.author) == ("restored", 1, "Ada")
    assert reg.load("m@1") == "a"


def test_an_undo_is_undone_by_its_generation(reg: Registry) -> None:
    reg.undo("m@1")
    reg.undo("m@1")
    assert [e.generation for e in reg.history("m@1") if e.restorable] == [4, 2]
    reg.undo("m@1", generation=4)
    assert reg.load("m") == "b"
    reg.undo("m@1")  # from there on back
    assert reg.load("m") == "a"
    for generation, error in (
        (1, InvalidInput),
        (7, InvalidInput),
        (3, NotFound),
        (9, NotFound),
        (True, InvalidInput),
    ):
        with pytest.raises(error):
            reg.undo("m@1", generation=generation)


def test_a_name_alone_is_its_highest_version_that_ever_was(reg: Registry) -> None:
    reg.save("m", "c", version="7")
    reg.save("m", "c", version="5")
    reg.delete("m", "7")
    assert reg.undo("m") == "7"
    reg.tag("m", "prod", "7")
    reg.save("m", "d", version="7")
    assert reg.undo("m@prod") == "7"
    assert reg.load("m@prod") == "c"
    with pytest.raises(NameNotFound):
        reg.undo("nobody")
    with pytest.raises(VersionNotFound):
        reg.undo("m@4")
    with pytest.raises(InvalidInput, match="digest"):
        reg.undo(f"m@{reg.open('m').digest}")


def test_notes_come_back_with_what_they_were_noted_of(reg: Registry) -> None:
    reg.save("n", 1)
    reg.note("n", {"good": True})
    reg.save("n", 2, version="1")
    assert reg.notes("n") == {}
    reg.undo("n@1")
    assert reg.notes("n") == {"good": True}


def test_what_is_there_is_not_overwritten_by_an_undo_where_it_must_not_be(reg: Registry) -> None:
    reg.undo("m@1")
    reg.protect("m@1")
    with pytest.raises(Conflict, match="protected"):
        reg.undo("m@1")
    immutable = Registry("memory://", version_objects=True)
    immutable.save("m", "a")
    immutable.delete("m", "1")
    immutable.undo("m@1")
    immutable.delete("m", "1")
    immutable.save("m", "b", version="1")
    with pytest.raises(InvalidInput, match="generation=3"):
        immutable.undo("m@1")
    assert immutable.load("m@1") == "b"


def test_a_version_with_blobs_is_restored_under_a_lease_that_is_gone_afterwards(reg: Registry) -> None:
    reg.save("big", BIG)
    reg.delete("big", "1")
    recording = FaultyStore(reg.backend)
    Registry(recording).undo("big")
    verbs = [(call.verb, call.key.partition("/")[0]) for call in recording.calls]
    lease, lists = verbs.index(("create", "leases")), verbs.index(("scan", "condemned"))
    created = verbs.index(("create", "refs"))
    assert lease < lists < verbs.index(("read", "refs"), lists) < created < verbs.index(("remove", "leases"))
    assert np.array_equal(reg.load("big", verify="full"), BIG)


def test_what_is_condemned_or_emptied_is_not_restored(reg: Registry) -> None:
    reg.save("big", BIG)
    reg.delete("big", "1")
    blob = next(reg.backend.scan("blobs/")).key.rpartition("/")[2]
    reg.backend.create("condemned/" + "0" * 32, Condemned(blobs=[f"sha256:{blob}"]).encode())
    with pytest.raises(NotFound, match="being deleted"):
        reg.undo("big@1")
    reg.backend.remove("condemned/" + "0" * 32)
    for entry in list(reg.backend.scan("refs/big/")):
        reg.backend.write(entry.key, [b""])
    with pytest.raises(InvalidInput, match="nothing to undo"):
        reg.undo("big@1")
    assert [event.action for event in reg.history("big")] == ["deleted", "emptied"]
    with pytest.raises(NotFound, match="generation 1 of big@1"):
        reg.undo("big@1", generation=1)
    assert not list(reg.backend.scan("leases/"))


def test_what_a_sweep_has_not_emptied_can_be_undone(reg: Registry) -> None:
    reg.save("big", BIG)
    reg.delete("big", "1")
    Sweep(reg.backend, lambda: 0.0, Times(undo=1e9)).run()
    reg.undo("big@1")
    assert np.array_equal(reg.load("big", verify="full"), BIG)
    Sweep(reg.backend, lambda: 0.0, Times(undo=0.0)).run()
    assert np.array_equal(reg.load("big", verify="full"), BIG)


def test_who_changes_the_version_meanwhile_is_not_overwritten(reg: Registry) -> None:
    store = Interfering(reg.backend, "refs/", lambda: reg.save("m", "theirs", version="1"))
    with pytest.raises(Conflict, match="changed meanwhile"):
        Registry(store).undo("m@1")
    assert reg.load("m@1") == "theirs"


def test_of_many_who_undo_at_once_none_is_told_what_is_not_so(reg: Registry) -> None:
    done: list[Any] = []

    def undo() -> None:
        try:
            done.append(reg.undo("m@1"))
        except (Conflict, InvalidInput) as error:
            done.append(error)

    threads = [threading.Thread(target=undo) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    restored = [event for event in reg.history("m@1") if event.action == "restored"]
    assert len(restored) == done.count("1") > 0


def test_a_store_without_an_undo_window_keeps_no_undo() -> None:
    for windows in ({"undo_window": 0}, {"grace": 0}):
        reg = Registry("memory://", version_objects=True, **windows)
        reg.save("m", 1)
        reg.delete("m", "1")
        with pytest.raises(Unsupported, match="keeps no undo"):
            reg.undo("m@1")
    reg = Registry("memory://", version_objects=True, grace=0, undo_window=60)
    reg.save("m", 1)
    reg.delete("m", "1")
    assert reg.undo("m@1") == "1"


def test_generations_of_a_version_are_told_in_their_order_whatever_the_clocks_say(
    reg: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [default.now().replace(year=year) for year in (2030, 2020, 2025)]
    monkeypatch.setattr(default, "now", times.pop)
    other = Registry(reg.backend)
    for value in (1, 2, 3):
        other.save("skewed", value, version="1")
    assert [event.generation for event in reg.history("skewed")] == [3, 2, 1]
    assert next(reg.backend.scan("refs/skewed/")).key.endswith(descending(3))


@pytest.mark.parametrize("word", ["grace", "undo_window"])
def test_how_long_what_was_is_kept_is_a_setting_of_the_store(tmp_path: Path, word: str) -> None:
    Registry(tmp_path / "store", **{word: 60}).close()
    for given in ({}, {word: 60.0}):
        with Registry(tmp_path / "store", **given) as registry:
            assert registry.settings.undo_seconds == 60.0
    with pytest.raises(InvalidInput, match=rf"made with {word}=60\.0"):
        Registry(tmp_path / "store", **{word: 61})
    for bad in (-1, float("nan"), float("inf"), True, "1h"):
        with pytest.raises(InvalidInput, match=f"{word}="):
            Registry(tmp_path / "other", **{word: bad})
    assert not (tmp_path / "other").exists()
    assert Registry("memory://").settings.undo_seconds == 86400.0
