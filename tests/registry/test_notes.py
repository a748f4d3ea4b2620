"""What is noted of versions after they were saved."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_tags import Interfering

from casreg import CasregError, Corrupt, InvalidInput, ReadOnly, Registry, Uncertain, VersionNotFound, notes
from casreg.models.notes import Notes
from casreg.names import Name, Version
from casreg.registry.metadata import MAX_METADATA
from casreg.stores.memory import MemoryStore
from casreg.testing import Crashed, Fault, FaultyStore, MeteredStore, fault_points
from casreg.testing.together import together


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def reg(store: MemoryStore) -> Registry:
    made = Registry(store, version_objects=True, mutable=True)
    made.save("a/b", 1, metadata={"loss": 0.5})
    made.save("a/b", 2)
    return made


def generations(store: MemoryStore) -> list[str]:
    return [entry.key for entry in store.scan("notes/")]


def test_notes_are_merged_and_removed_by_key(reg: Registry) -> None:
    assert reg.notes("a/b") == {}
    assert reg.note("a/b@1", {"loss": 0.25, "n": {"x": 1}}) == {"loss": 0.25, "n": {"x": 1}}
    assert reg.note("a/b@1", {"n": {"y": 2}, "é": [None]}) == {"loss": 0.25, "n": {"y": 2}, "é": [None]}
    assert reg.note("a/b@1", remove="n") == {"loss": 0.25, "é": [None]}
    assert reg.note("a/b@1", {"ok": True}, remove=["é", "never"]) == {"loss": 0.25, "ok": True}
    assert reg.notes("a/b@1") == reg.note("a/b@1") == {"loss": 0.25, "ok": True}
    assert reg.notes("a/b") == {}
    digest = reg.open("a/b@1").digest
    assert reg.notes(f"a/b@{digest}") == reg.notes("a/b@1")


def test_info_and_find_know_them_and_they_count_before_the_metadata(reg: Registry) -> None:
    reg.note("a/b@1", {"loss": 0.25})
    for facts in (reg.info("a/b@1"), reg.info("a/b")["1"], reg.info()["a/b"]["1"]):
        assert (facts["notes"], facts["metadata"]) == ({"loss": 0.25}, {"loss": 0.5})
    assert reg.info("a/b@2")["notes"] == {}
    assert [str(one) for one in reg.find(where="loss<0.3")] == ["a/b@1"]
    assert reg.find(where="loss=0.5") == []


def test_what_changes_nothing_is_not_written(reg: Registry, store: MemoryStore) -> None:
    reg.note("a/b", {"x": 1})
    for given_, remove in (({"x": 1}, ()), ({}, "never"), (None, ())):
        reg.note("a/b", given_, remove=remove)
    assert len(generations(store)) == 1
    for other in (True, 1.0, "1"):
        assert reg.note("a/b", {"x": other}) == {"x": other}
    assert len(generations(store)) == 4


def test_every_generation_says_who_noted_it_and_of_what(reg: Registry, store: MemoryStore) -> None:
    with Registry(store, author="ann") as other:
        other.note("a/b@2", {"x": 1})
    (key,) = generations(store)
    noted = Notes.decode(store.read(key))
    assert (noted.author, noted.notes, noted.manifest) == ("ann", {"x": 1}, reg.open("a/b@2").digest)
    assert notes.parse(key) == (Name.parse("a/b"), Version.parse("2"), 1)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"a": float("nan")}, r"notes\.a is nan"),
        ({"a": {"b": {1: 2}}}, r"notes\.a\.b has the key 1"),
        ({"a": [object()]}, r"notes\.a\[0\] is a object"),
        ({"a": 1 << 64}, r"notes\.a is an integer"),
        ({"a": "\ud800"}, r"notes\.a holds characters"),
        ([1], "notes is a dict"),
        ({"a": "x" * MAX_METADATA}, "notes takes .* bytes as JSON"),
    ],
)
def test_what_json_cannot_carry_is_refused_by_its_key(
    reg: Registry, store: MemoryStore, mapping: Any, told: str
) -> None:
    with pytest.raises(InvalidInput, match=told):
        reg.note("a/b", mapping)
    assert generations(store) == []


def test_what_is_too_much_all_together_is_refused_and_nothing_lost(reg: Registry) -> None:
    reg.note("a/b", {"a": "x" * 600_000})
    with pytest.raises(InvalidInput, match="notes takes"):
        reg.note("a/b", {"b": "x" * 600_000})
    assert list(reg.note("a/b", {"b": "x" * 600_000}, remove="a")) == ["b"]


def test_what_makes_no_sense_is_refused(reg: Registry, store: MemoryStore) -> None:
    for remove in (3, [3], [None]):
        with pytest.raises(InvalidInput, match="keys of notes are strings"):
            reg.note("a/b", remove=remove)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="x: noted and removed at once"):
        reg.note("a/b", {"x": 1}, remove="x")
    for reference in ("a/b@7", "nobody"):
        with pytest.raises(VersionNotFound):
            reg.note(reference, {"x": 1})
        with pytest.raises(VersionNotFound):
            reg.notes(reference)
    with Registry(store, read_only=True) as reader, pytest.raises(ReadOnly):
        reader.note("a/b", {"x": 1})
    assert generations(store) == []


def test_numbers_of_numpy_are_noted_as_numbers(reg: Registry) -> None:
    assert reg.note("a/b", {"x": np.float32(0.5), "n": np.int64(3)}) == {"x": 0.5, "n": 3}


def test_notes_belong_to_what_was_saved(reg: Registry, store: MemoryStore) -> None:
    """Overwritten, deleted and made anew: they are not those of the next one; restored, they are again."""
    old = store.read(next(store.scan("refs/a%2fb/r8~,")).key)
    reg.note("a/b@1", {"x": 1})
    reg.note("a/b@1", {"x": 2})
    reg.save("a/b", "new", version="1")
    assert reg.notes("a/b@1") == reg.info("a/b@1")["notes"] == {}
    reg.note("a/b@1", {"y": 1})
    reg.delete("a/b", "1")
    with pytest.raises(VersionNotFound):
        reg.notes("a/b@1")
    reg.save("a/b", "again", version="1")
    assert reg.notes("a/b@1") == {}
    store.create("refs/a%2fb/r8~,r4", old)  # the manifest of the first generation once more
    assert reg.load("a/b@1") == 1
    assert reg.notes("a/b@1") == reg.info("a/b@1")["notes"] == {"x": 2}
    assert reg.note("a/b@1", {"z": 3}) == {"x": 2, "z": 3}
    assert len(generations(store)) == 4


def test_a_tombstone_ends_all_notes(reg: Registry, store: MemoryStore) -> None:
    reg.note("a/b@1", {"x": 1})
    store.create("notes/a%2fb/r8~,r7", b"")
    assert reg.notes("a/b@1") == reg.info("a/b@1")["notes"] == {}
    assert reg.note("a/b@1", {"y": 1}) == {"y": 1}


def test_superseded_notes_that_were_emptied_are_passed_over(reg: Registry, store: MemoryStore) -> None:
    reg.note("a/b@1", {"x": 1})
    reg.note("a/b@1", {"x": 2})
    store.write("notes/a%2fb/r8~,r8", [b""])
    assert reg.notes("a/b@1") == {"x": 2}
    reg.save("a/b", "new", version="1")
    assert reg.notes("a/b@1") == {}


def test_nothing_is_lost_of_what_many_note_at_once(reg: Registry) -> None:
    together([lambda i=i: [reg.note("a/b", {f"{i}.{n}": n}) for n in range(5)] for i in range(8)])  # type: ignore[misc]
    assert len(reg.notes("a/b")) == 40


@pytest.mark.parametrize("act", [lambda r: r.delete("a/b@1"), lambda r: r.rename("a/b", "c")])
def test_who_notes_of_what_is_deleted_or_renamed_meanwhile_is_told(
    reg: Registry, store: MemoryStore, act: Any
) -> None:
    noting = Registry(Interfering(store, "notes/", lambda: act(reg)))
    with pytest.raises(VersionNotFound, match="a/b@1 was deleted or renamed while it was noted of"):
        noting.note("a/b@1", {"x": 1})


KEYS = st.sampled_from(["a", "b", "é.x"])
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=2)
)
STEPS = st.lists(st.tuples(st.dictionaries(KEYS, VALUES, max_size=2), st.sets(KEYS, max_size=1)), max_size=5)


@given(STEPS)
def test_notes_are_a_dict(steps: list[tuple[dict[str, Any], set[str]]]) -> None:
    registry = Registry("memory://", version_objects=True)
    registry.save("m", 0)
    model: dict[str, Any] = {}
    for mapping, remove in steps:
        gone = remove - mapping.keys()
        model = {**{k: v for k, v in model.items() if k not in gone}, **mapping}
        registry.note("m", mapping, remove=gone)
        assert repr(sorted(registry.notes("m").items())) == repr(sorted(model.items()))


def noted(store: MemoryStore) -> dict[str, Any]:
    return Registry(store, read_only=True).notes("a/b@1")


@pytest.mark.parametrize("first", [True, False], ids=["first", "more"])
def test_whatever_fails_the_answer_is_true(first: bool) -> None:
    def prepared() -> MemoryStore:
        store = MemoryStore()
        made = Registry(store, version_objects=True)
        made.save("a/b", 1)
        if not first:
            made.note("a/b", {"x": 1})
        return store

    def note(store: Any) -> dict[str, Any]:
        return Registry(store, create=False).note("a/b@1", {"y": 2})

    before = noted(prepared())
    after = {**before, "y": 2}
    recording = FaultyStore(prepared())
    note(recording)
    for fault in fault_points(recording.calls):
        store = prepared()
        try:
            assert note(FaultyStore(store, [fault])) == after
        except (Crashed, Uncertain):
            assert noted(store) in (before, after), fault
        except CasregError:
            assert noted(store) == before, fault
        else:
            assert noted(store) == after, fault
        note(store)
        assert noted(store) == after, fault


def test_a_read_that_loses_to_the_next_note_is_done_again(reg: Registry, store: MemoryStore) -> None:
    reg.note("a/b@1", {"x": 0})

    class Racing(FaultyStore):
        raced = False

        def read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
            if key.startswith("notes/") and not self.raced:
                self.raced = True
                reg.note("a/b@1", {"x": reg.notes("a/b@1")["x"] + 1})
                store.write(key, [b""])
            return super().read(key, start, stop)

    assert Registry(Racing(store)).notes("a/b@1") == {"x": 1}
    assert Registry(Racing(store)).info()["a/b"]["1"]["notes"] == {"x": 2}


def test_what_they_cost(reg: Registry, store: MemoryStore) -> None:
    metered = MeteredStore(store)
    other = Registry(metered)

    def cost(act: Any) -> dict[str, int]:
        metered.reset()
        act()
        return {verb: count for verb, count in metered.counts.items() if count}

    assert cost(lambda: other.note("a/b@1", {"x": 1})) == {"scan": 3, "read": 1, "create": 1}
    assert cost(lambda: other.note("a/b@1", {"x": 2})) == {"scan": 3, "read": 2, "create": 1}
    assert cost(lambda: other.notes("a/b@1")) == {"scan": 2, "read": 2}


@pytest.mark.parametrize("body", [b"{}", b"\xff", b'{"notes": 3}'])
def test_damage_is_told_with_the_version_and_never_noted_over(
    reg: Registry, store: MemoryStore, body: bytes
) -> None:
    reg.note("a/b@1", {"x": 1})
    (key,) = generations(store)
    store.write(key, [body])
    for act in (lambda: reg.notes("a/b@1"), lambda: reg.info("a/b"), lambda: reg.note("a/b@1", {"y": 1})):
        with pytest.raises(Corrupt) as told:
            act()
        assert told.value.key == key
    assert generations(store) == [key]
    assert reg.load("a/b@1") == 1
    with pytest.raises(Corrupt, match="no key of notes"):
        notes.parse("notes/a/b/c,d")


def test_lost_answers_are_settled_and_noted_once(reg: Registry, store: MemoryStore) -> None:
    for when in ("before", "lost", "unsent"):
        faulty = FaultyStore(store, [Fault(0, when, "create")])  # type: ignore[arg-type]
        assert Registry(faulty, create=False).note("a/b@1", {when: 1})[when] == 1
    assert len(generations(store)) == 3
