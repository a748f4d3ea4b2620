"""A program as it is written for mindtrace-registry 0.9.0, its import changed."""

import inspect
import pickle
from pathlib import Path

import pytest

import casreg
from casreg import (
    BatchResult,
    LocalRegistryBackend,
    LockAcquisitionError,
    LockTimeoutError,
    OnConflict,
    Registry,
    RegistryBackend,
    RegistryCleanupRequired,
    RegistryObjectNotFound,
    RegistryVersionConflict,
    VerifyLevel,
)

SIGNATURES = {
    "save": ["name", "obj", "version", "init_params", "metadata", "on_conflict", "materializer"],
    "load": ["name", "version", "output_dir", "verify", "kwargs"],
    "delete": ["name", "version"],
    "info": ["name", "version"],
    "has_object": ["name", "version"],
    "list_objects": [],
    "list_versions": ["name"],
    "list_objects_and_versions": [],
    "download": ["source_registry", "name", "version", "target_name", "target_version"],
    "update": ["mapping_or_registry", "sync_all_versions"],
    "clear": ["clear_registry_metadata"],
    "clear_cache": [],
    "keys": [],
    "values": [],
    "items": [],
    "get": ["key", "default"],
    "pop": ["key", "default"],
    "setdefault": ["key", "default"],
    "register_materializer": ["object_class", "materializer_class"],
    "registered_materializer": ["object_class"],
    "registered_materializers": [],
    "register_default_materializer": ["object_class", "materializer_class"],
    "get_default_materializers": [],
}


@pytest.mark.parametrize("method", SIGNATURES)
def test_every_method_takes_what_it_took(method: str) -> None:
    parameters = inspect.signature(getattr(Registry, method)).parameters
    assert set(SIGNATURES[method]) <= set(parameters)


def test_a_registry_is_made_by_the_same_arguments_in_the_same_order() -> None:
    parameters = list(inspect.signature(Registry).parameters)
    assert parameters[:5] == ["backend", "version_objects", "mutable", "versions_cache_ttl", "use_cache"]


def test_errors_have_their_names_and_are_what_people_catch() -> None:
    for error in (
        RegistryObjectNotFound,
        RegistryVersionConflict,
        RegistryCleanupRequired,
        LockAcquisitionError,
        LockTimeoutError,
        casreg.StoreLocationNotFound,
        casreg.StoreKeyFormatError,
        casreg.StoreAmbiguousObjectError,
    ):
        assert issubclass(error, casreg.CasregError)
    assert issubclass(RegistryObjectNotFound, KeyError)
    assert issubclass(casreg.StoreKeyFormatError, ValueError)
    assert issubclass(LockTimeoutError, TimeoutError)
    assert str(LockTimeoutError("slow")) == "slow"


@pytest.mark.parametrize("error", [RegistryObjectNotFound, RegistryVersionConflict, LockTimeoutError])
def test_errors_are_raised_by_programs_too_with_a_message_or_none(error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        raise error
    assert str(raised.value) == ""
    assert repr(pickle.loads(pickle.dumps(error("gone")))) == repr(error("gone"))


def test_words_are_strings() -> None:
    assert OnConflict.SKIP == "skip"
    assert OnConflict.OVERWRITE == "overwrite"
    assert [str(level) for level in VerifyLevel] == ["none", "integrity", "full"]


def test_the_program(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "plain")
    assert (registry.version_objects, registry.mutable) == (False, False)
    assert registry.save("test:int", 42, version="1.0.0") == "1"
    assert registry.load("test:int", version="1.0.0") == registry["test:int"] == 42
    with pytest.raises(RegistryVersionConflict):
        registry["test:int"] = 43
    registry.delete("test:int")
    with pytest.raises(RegistryObjectNotFound):
        registry.load("test:int")
    with pytest.raises(RegistryObjectNotFound):
        registry.delete("test:int")

    backend: RegistryBackend = LocalRegistryBackend(uri=tmp_path / "versions")
    registry = Registry(backend=backend, version_objects=True, mutable=True)
    assert [registry.save("model", i) for i in (1, 2)] == ["1", "2"]
    assert registry.save("model", 3, version="v2.1", metadata={"stage": "test"}) == "2.1"
    assert registry.save("model", 4, version="2.1", on_conflict=OnConflict.OVERWRITE) == "2.1"
    assert registry.info("model", "latest")["metadata"] == {}
    assert registry.load("model", verify=VerifyLevel.FULL) == 4
    assert registry.has_object("model", "2.1")
    assert not registry.has_object("model", "1.0-rc1")
    with pytest.raises(ValueError, match="latest"):
        registry.save("model", 5, version="latest")
    with pytest.raises(ValueError, match="latest"):
        registry.delete("model", "latest")

    batch = registry.save(["model", "other"], [6, "x"], metadata=[{"i": 0}, {"i": 1}])
    assert isinstance(batch, BatchResult)
    assert batch.all_succeeded
    assert batch.results == ["2.2", "1"]
    loaded = registry.load(["model", "other", "third"])
    assert (loaded.success_count, loaded.failure_count, loaded[0], loaded[1]) == (2, 1, 6, "x")
    assert loaded.errors["third", "latest"]["error"] == "RegistryObjectNotFound"

    (tmp_path / "weights.bin").write_bytes(b"w")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("a")
    registry.save("file", tmp_path / "weights.bin")
    registry.save("folder", tmp_path / "folder")
    out = tmp_path / "out"
    assert registry.load("file", output_dir=str(out)) == out / "file@1" / "weights.bin"
    assert registry.load("folder", output_dir=out) == out / "folder@1"
    assert (out / "folder@1" / "a.txt").read_text() == "a"

    mirror = Registry(tmp_path / "mirror", version_objects=True)
    mirror.update(registry)
    assert mirror.list_objects_and_versions() == registry.list_objects_and_versions()
    with pytest.raises(ValueError, match="is there already"):
        mirror.update(registry)
    assert mirror.download(registry, "model", version="1", target_name="copy", target_version="7") == "7"
    assert mirror.pop("copy") == 1
    assert "model" in str(mirror)
    mirror.clear()
    assert len(mirror) == 0


def test_a_version_that_a_save_returned_is_kept_within_values(registry: Registry) -> None:
    """It is a string to whoever saves it, as it was."""
    version = registry.save("model", 1)
    registry["report"] = {"model": version, version: [version]}
    assert registry["report"] == {"model": "1", "1": ["1"]}
    assert type(registry["report"]["model"]) is str


def test_keywords_that_have_another_name_are_taken_by_theirs_too(registry: Registry) -> None:
    registry.update(mapping={"a": 1})  # type: ignore[call-arg]
    assert registry.list_versions(object_name="a") == registry.list_versions(name="a") == ["1"]  # type: ignore[call-arg]
    for both in ({"name": "a", "object_name": "a"}, {}):
        with pytest.raises(TypeError):
            registry.list_versions(**both)


def test_options_of_its_own_logging_configuration_and_locks_are_passed_by(tmp_path: Path) -> None:
    Registry("memory://", config_overrides=None, stream_level=10, propagate=False, suppress=False)
    Registry(tmp_path / "s", lock_timeout=5).close()
    LocalRegistryBackend(tmp_path / "s", 5, logger_level=10)
    with pytest.raises(ValueError, match="Backend has no option locktimeout=: did you mean lock_timeout="):
        LocalRegistryBackend(tmp_path / "s", locktimeout=5)
    with pytest.raises(ValueError, match="swallows no errors"):
        Registry("memory://", suppress=True)


@pytest.mark.parametrize(
    ("slip", "hint"),
    [("version_object", "did you mean version_objects="), ("zzz", "there are allow_import, allow_pickle, ")],
)
def test_an_option_that_is_none_is_refused_with_those_that_it_is_like(slip: str, hint: str) -> None:
    with pytest.raises(ValueError, match=rf"no option {slip}=: {hint}"):
        Registry("memory://", **{slip: True})


def test_the_materializers_that_are_there_by_default_are_listed() -> None:
    known = Registry.get_default_materializers()
    assert known["builtins.dict"] == "tree"
    assert known["numpy.ndarray"] == "array"
    assert known["pandas.DataFrame"] == "pandas.DataFrame"
