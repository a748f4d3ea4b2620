"""Names, versions, conflicts, deletion, listings, facts."""

import itertools
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from casreg import (
    InvalidInput,
    NameNotFound,
    ReadOnly,
    Registry,
    RegistryObjectNotFound,
    RegistryVersionConflict,
    StoreNotFound,
    Unsupported,
    VersionNotFound,
)
from casreg.commit import delete_version
from casreg.leases import MARGIN
from casreg.models.store import Features, StoreConfig
from casreg.names import Name, Reference, Version
from casreg.registry.resolving import resolve
from casreg.stores.memory import MemoryStore
from casreg.testing import FaultyStore

DEEP: Any = []
for _ in range(70):
    DEEP = [DEEP]


def test_automatic_versions_count_from_the_latest(registry: Registry) -> None:
    assert [registry.save("a", i) for i in range(3)] == ["1", "2", "3"]
    assert registry.save("a", 3, version="5.1") == "5.1"
    assert registry.save("a", 4) == "5.2"
    assert registry.save("a", 5, version="v4") == "4"
    assert registry.list_versions("a") == ["1", "2", "3", "4", "5.1", "5.2"]
    assert registry.load("a") == 4
    assert registry.load("a@4") == registry.load("a", "v4") == 5


def test_versions_are_immutable_unless_the_store_is_mutable(registry: Registry) -> None:
    registry.save("a", 1, version="1")
    for obj in (2, b"x" * 100_000):
        with pytest.raises(RegistryVersionConflict, match="a@1 is there already"):
            registry.save("a", obj, version="1")
    with pytest.raises(InvalidInput, match="mutable"):
        registry.save("a", 2, version="1", on_conflict="overwrite")
    assert registry.load("a@1") == 1


def test_how_much_a_load_may_read_is_a_setting_of_the_store(tmp_path: Path) -> None:
    Registry(tmp_path / "frugal", read_amplification=1).close()
    for given in (None, 1.0):
        with Registry(tmp_path / "frugal", read_amplification=given) as registry:
            assert registry.settings.read_amplification == 1.0
    with pytest.raises(InvalidInput, match=r"made with read_amplification=1\.0"):
        Registry(tmp_path / "frugal", read_amplification=2.0)
    with Registry("memory://") as usual:
        assert usual.settings.read_amplification == 2.0


@pytest.mark.parametrize("given", [0.99, 0, -1, float("nan"), float("inf"), 10**400, True, "2", [2.0]])
def test_a_load_cannot_be_told_to_read_less_than_it_gives_nor_without_bound(
    tmp_path: Path, given: Any
) -> None:
    with pytest.raises(InvalidInput, match="read_amplification="):
        Registry(tmp_path / "store", read_amplification=given)
    assert not (tmp_path / "store").exists()


def test_a_mutable_store_overwrites_or_skips() -> None:
    registry = Registry("memory://", version_objects=True, mutable=True)
    registry.save("a", 1, version="1")
    registry.save("a", 2, version="1")
    assert registry.load("a@1") == 2
    with pytest.raises(RegistryVersionConflict):
        registry.save("a", 3, version="1", on_conflict="skip")
    with pytest.raises(ValueError, match="'skip' or 'overwrite'"):
        registry.save("a", 3, on_conflict="maybe")
    assert registry.list_versions("a") == ["1"]


def test_an_unversioned_store_keeps_version_one() -> None:
    registry = Registry("memory://", mutable=True)
    assert registry.save("a", 1) == "1"
    assert registry.save("a", 2, version="7") == "1"
    assert registry.load("a") == 2
    immutable = Registry("memory://")
    immutable.save("a", 1)
    with pytest.raises(RegistryVersionConflict):
        immutable.save("a", 2)


def test_deleting(registry: Registry) -> None:
    for i in range(4):
        registry.save("a", i)
    registry.delete("a", "4")
    registry.delete("a@4")
    registry.delete("a", "77")
    assert registry.list_versions("a") == ["1", "2", "3"]
    assert registry.load("a") == 2
    assert registry.save("a", "again") == "4"
    assert registry.load("a@4") == "again"
    with pytest.raises(ValueError, match="latest"):
        registry.delete("a", "latest")
    registry.delete("a")
    assert registry.list_objects() == []
    assert not registry.has_object("a")
    with pytest.raises(NameNotFound):
        registry.delete("a")
    with pytest.raises(RegistryObjectNotFound):
        registry.load("a")
    assert registry.save("a", 1) == "1"


def test_deleting_by_digest_leaves_alone_what_overwrote_it() -> None:
    registry = Registry("memory://", version_objects=True, mutable=True)
    old = registry.save("a", 1, version="1")
    state, _ = resolve(registry.backend, Reference.parse(f"a@{old.digest}"))
    registry.save("a", 2, version="1")
    assert not delete_version(registry.backend, state.name, state.version, lambda: 0.0, state.generation)
    assert registry.load("a@1") == 2


def test_a_delete_that_slept_too_long_looks_again_which_generation_is_the_newest() -> None:
    """Meanwhile the key next to what it saw may have been taken, superseded, emptied and removed."""
    registry = Registry("memory://", version_objects=True)
    registry.save("a", 1)
    recording = FaultyStore(registry.backend)
    times = itertools.chain([0.0], itertools.repeat(MARGIN))
    assert delete_version(recording, Name.parse("a"), Version.parse("1"), lambda: next(times)) == 2
    assert [call.verb for call in recording.calls] == ["scan", "scan", "create"]


def test_metadata_as_deep_as_it_may_be_can_be_read(registry: Registry) -> None:
    deep: Any = []
    for _ in range(60):
        deep = {"d": [deep]} if len(str(deep)) % 2 else [deep]
    registry.save("a", 1, metadata={"deep": deep[0][0] if isinstance(deep, list) else deep})
    assert registry.info()["a"]["1"]["metadata"]


def test_references(registry: Registry) -> None:
    saved = registry.save("team/a:b", [1])
    other = registry.save("team/a:b", b"x" * 100_000)
    assert registry.load(f"team/a:b@{saved.digest}") == [1]
    assert registry.load("team/a:b", other.digest) == b"x" * 100_000
    assert registry.load("team/a:b@latest") == b"x" * 100_000
    assert registry.open("team/a:b@1").digest == saved.digest
    with pytest.raises(InvalidInput, match=r"version= was given too|version='2' was given too"):
        registry.load("team/a:b@1", "2")
    with pytest.raises(VersionNotFound, match="it has 2, 1"):
        registry.load("team/a:b@3")
    with pytest.raises(VersionNotFound):
        registry.load("team/a:b@sha256:" + "0" * 64)
    with pytest.raises(VersionNotFound):
        registry.load("team/a:b@prod")
    with pytest.raises(KeyError) as caught:
        registry.load("other")
    assert str(caught.value) == "there is no other in memory://"


@pytest.mark.parametrize(
    "name", ["", "a@", "../x", "a//b", "/a", "a/", "a/../b", ".", "a\nb", "a\0", " a", "a\\b", 7, "x" * 300]
)
def test_names_that_could_mislead_are_refused_at_the_gate(registry: Registry, name: Any) -> None:
    for call in (registry.save, registry.load, registry.delete):
        with pytest.raises(InvalidInput):
            call(name, *([1] if call == registry.save else []))
    assert registry.list_objects() == []


@pytest.mark.parametrize(
    "version", ["1.", "1.0-rc1", "", "latest", "-1", "1" * 19, ".".join("1" * 9), "1 ", "\u0661", 1]
)
def test_versions_that_are_none_are_refused(registry: Registry, version: Any) -> None:
    with pytest.raises(ValueError, match=r"version|latest"):
        registry.save("a", 1, version=version)
    assert registry.list_objects() == []


class Word(str, Enum):  # noqa: UP042  # whose str() would be its characters
    """Whose ``str()`` is no name: ``Word.NAME``."""

    NAME = "team/a"
    VERSION = "2.0"
    TAG = "prod"
    REFERENCE = "team/a@2.0"
    LATEST = "latest"


def test_strings_of_other_classes_are_taken_by_their_characters(registry: Registry) -> None:
    registry.save(Word.NAME, 1, version=Word.VERSION, tags=[Word.TAG])
    assert registry.list_objects_and_versions() == {"team/a": ["2.0"]}
    assert registry.tags(Word.NAME) == {"prod": "2.0"}
    for reference in ((Word.NAME,), (Word.REFERENCE,), (Word.NAME, Word.TAG), (Word.NAME, Word.LATEST)):
        assert registry.load(*reference) == 1
        assert registry.has_object(*reference)
    assert registry.save([Word.NAME] * 2, 2, version=[None, Word.VERSION]).succeeded == [("team/a", "2.1")]
    assert registry.load([Word.NAME], [Word.VERSION]).succeeded == [("team/a", "2.0")]
    assert registry.load([Word.NAME], [Word("prod")]).results == [1]
    assert registry.delete([Word.NAME], ["2.1"]).succeeded == [("team/a", "2.1")]
    registry.untag(Word.NAME, Word.TAG)
    registry.delete(Word.REFERENCE)
    registry[Word.TAG] = 3
    assert registry.items() == [("prod", 3)]
    assert type(registry.keys()[0]) is str


def test_strings_of_other_classes_are_so_kept_in_metadata(registry: Registry) -> None:
    registry.save("a", 1, metadata={Word.TAG: [Word.NAME]}, init_params={"x": Word.TAG})
    facts = registry.info("a@1")
    assert (facts["metadata"], facts["init_params"]) == ({"prod": ["team/a"]}, {"x": "prod"})


def test_has_object(registry: Registry) -> None:
    saved = registry.save("a", 1)
    assert registry.has_object("a")
    assert registry.has_object("a", "1")
    assert registry.has_object("a@1")
    assert registry.has_object("a", saved.digest)
    assert not registry.has_object("a", "2")
    assert not registry.has_object("a", "1.0-rc1")
    assert not registry.has_object("b")
    assert not registry.has_object("")
    assert not registry.has_object("a", "sha256:" + "0" * 64)


def test_naming_a_version_twice_is_refused_wherever_one_is_read(registry: Registry) -> None:
    registry.save("a", 1)
    for act in (
        registry.load,
        registry.open,
        registry.info,
        registry.has_object,
        registry.stats,
        registry.delete,
    ):
        with pytest.raises(InvalidInput, match="was given too"):
            act("a@1", "2")
    digest = str(registry.open("a").digest)
    assert registry.load("a", digest) == 1
    assert registry.open("a", digest).version == registry.stats("a", digest).version == "1"
    assert registry.info("a", digest)["version"] == "1"
    assert registry.has_object("a", digest)


def test_a_keyword_that_means_nothing_is_refused_with_its_name(registry: Registry) -> None:
    registry.save(["a", "b"], [{"w": np.zeros(3)}, b"x"], init_params={"p": 1})
    for name in ("a", "b"):
        with pytest.raises(InvalidInput, match="verfy= has no meaning for an object of kind"):
            registry.load(name, verfy="full")
        assert registry.load(name, as_numpy=True) is not None
    assert registry.load(["a"], verfy="full").errors["a", "1"]["error"] == "InvalidInput"


def test_info(registry: Registry) -> None:
    saved = registry.save("a", {"w": np.zeros(3)}, metadata={"lr": 0.1}, init_params={"p": 1})
    registry.save("b", 2)
    facts = registry.info("a", "latest")
    assert facts == registry.info("a@1") == registry.info("a")["1"] == registry.info()["a"]["1"]
    assert facts["class"] == "builtins.dict"
    assert facts["metadata"] == {"lr": 0.1}
    assert facts["init_params"] == {"p": 1}
    assert facts["hash"] == saved.content
    assert facts["digest"] == saved.digest
    assert facts["size"] == saved.plain
    assert facts["stored_size"] == facts["new_size"] == saved.stored
    assert facts["parts"] == 2
    assert registry.info("a", "9") == registry.info("c", "1") == registry.info("c") == {}
    assert registry.list_objects_and_versions() == {"a": ["1"], "b": ["1"]}


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"p": Path("x")}, r"metadata\.p is a PosixPath"),
        ({"a": {"b": [1, {2}]}}, r"metadata\.a\.b\[1\] is a set"),
        ({1: "a"}, "key 1 of type int"),
        ({"x": float("nan")}, r"metadata\.x is nan"),
        ({"x": "\ud800"}, "UTF-8"),
        ([1], "metadata is a dict"),
        ({"big": "x" * (2 << 20)}, "1 MiB less 16 KiB"),
        ({"n": 1 << 64}, r"metadata\.n is an integer of more than 64 bits"),
        ({"deep": DEEP}, "nested more than 64 deep"),
    ],
)
def test_metadata_that_json_cannot_carry_is_refused_by_key(
    registry: Registry, metadata: Any, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        registry.save("a", 1, metadata=metadata)
    assert registry.list_objects() == []


def test_metadata_of_numpy_numbers_becomes_pythons(registry: Registry) -> None:
    registry.save("a", 1, metadata={"f": np.float32(0.5), "i": np.int64(3), "b": np.bool_(True), "t": (1, 2)})
    assert registry.info("a@1")["metadata"] == {"f": 0.5, "i": 3, "b": True, "t": [1, 2]}


def test_metadata_of_enums_that_are_strings_is_the_strings(registry: Registry) -> None:
    class Stage(str, Enum):  # noqa: UP042 - such as were made before Python had StrEnum
        DEV = "dev"

    registry.save("a", 1, metadata={Stage.DEV: Stage.DEV, "s": np.str_("x")})
    assert registry.info("a@1")["metadata"] == {"dev": "dev", "s": "x"} == {Stage.DEV: Stage.DEV, "s": "x"}
    assert [str(one) for one in registry.find(where={"dev": Stage.DEV})] == ["a@1"]


def test_metadata_too_large_for_the_ref_is_kept_beside_it(registry: Registry) -> None:
    registry.save("a", 1, metadata={"text": "x" * 500_000})
    assert len(registry.info("a@1")["metadata"]["text"]) == 500_000
    assert registry.load("a") == 1


def test_a_store_keeps_what_it_was_made_with(tmp_path: Path) -> None:
    Registry(tmp_path / "s", version_objects=True, mutable=True).close()
    reopened = Registry(str(tmp_path / "s"))
    assert (reopened.version_objects, reopened.mutable) == (True, True)
    with pytest.raises(ValueError, match="version_objects=False was given"):
        Registry(tmp_path / "s", version_objects=False)
    with pytest.raises(ValueError, match="mutable=False was given"):
        Registry(f"file://{tmp_path}/s", mutable=False)


@pytest.mark.parametrize("flag", ["version_objects", "mutable"])
@pytest.mark.parametrize("given", ["yes", "False", 2, []], ids=repr)
def test_what_is_neither_true_nor_false_makes_no_store(tmp_path: Path, flag: str, given: Any) -> None:
    with pytest.raises(InvalidInput, match=rf"{flag}=.*: True or False"):
        Registry(tmp_path / "s", **{flag: given})
    assert not (tmp_path / "s").exists()


def test_a_store_is_made_in_an_empty_place_only(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(InvalidInput, match="holds other files"):
        Registry(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]
    for options in ({"create": False}, {"read_only": True}):
        with pytest.raises(StoreNotFound, match="casreg"):
            Registry(tmp_path / "absent", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "absent").exists()
    with pytest.raises(ValueError, match="a path, a URL or a store"):
        Registry(7)  # type: ignore[arg-type]
    with pytest.raises(Unsupported, match="no backend for ftp://"):
        Registry("ftp://x/y")


def test_the_default_store_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASREG_STORE", str(tmp_path / "here"))
    Registry().save("a", 1)
    assert (tmp_path / "here" / "casreg.json").exists()


def test_a_read_only_registry_reads_and_never_writes(tmp_path: Path) -> None:
    Registry(tmp_path / "s", version_objects=True).save("a", 1)
    before = sorted(p for p in (tmp_path / "s").rglob("*"))
    registry = Registry(tmp_path / "s", read_only=True)
    assert registry.load("a") == 1
    for act in (
        lambda: registry.save("a", 2),
        lambda: registry.delete("a"),
        lambda: registry.save("b", b"x" * 10**6),
    ):
        with pytest.raises(ReadOnly):
            act()
    assert sorted(p for p in (tmp_path / "s").rglob("*")) == before


def test_unknown_features_refuse_by_name() -> None:
    def store(**features: list[str]) -> MemoryStore:
        made = MemoryStore()
        Registry(made).save("a", 1)
        config = StoreConfig.decode(made.read("casreg.json"))
        made.write("casreg.json", [config.model_copy(update={"features": Features(**features)}).encode()])
        return made

    for options in ({}, {"read_only": True}):
        with pytest.raises(Unsupported, match="time-travel to read"):
            Registry(store(reader=["time-travel"]), **options)
    written = store(writer=["fences"])
    with pytest.raises(Unsupported, match="fences to write"):
        Registry(written)
    assert Registry(written, read_only=True).load("a") == 1


def test_a_newer_format_is_refused_and_rubbish_is_corrupt() -> None:
    from casreg import Corrupt

    store = MemoryStore()
    Registry(store)
    config = StoreConfig.decode(store.read("casreg.json"))
    store.write("casreg.json", [config.model_copy(update={"format": 1}).encode()])
    with pytest.raises(Unsupported, match="format 1"):
        Registry(store)
    store.write("casreg.json", [b"{]"])
    with pytest.raises(Corrupt, match=r"casreg\.json"):
        Registry(store)
