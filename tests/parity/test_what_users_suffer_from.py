"""What was seen going wrong in mindtrace-registry, a fact each: here it goes right."""

import hmac
import importlib
import json
import shutil
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from processes import others

from casreg import (
    CasregError,
    Corrupt,
    InvalidInput,
    NotFound,
    Registry,
    S3RegistryBackend,
    Unsafe,
    Unsupported,
)
from casreg.mindtrace import plan
from casreg.stores.memory import MemoryStore
from casreg.stores.protocol import Buffer
from casreg.stores.wrapper import Wrapper
from casreg.testing import Crashed, Fault, FaultyStore, MeteredStore, fault_points


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "value", [{"a": np.arange(3), "b": {"c": np.eye(2)}}, {1: "a", (2, 3): "b"}, (1, [2, (3,)])], ids=str
)
def test_what_saves_loads_equal(on_disk: Registry, value: Any) -> None:
    on_disk["v"] = value
    loaded = on_disk["v"]
    assert type(loaded) is type(value)
    assert repr(loaded) == repr(value)


def save_ten(store: Path) -> None:
    with Registry(store, durability="none") as registry:
        for i in range(10):
            registry["m"] = i


def test_forty_automatic_saves_of_four_processes_leave_forty_versions(tmp_path: Path) -> None:
    Registry(tmp_path / "s", version_objects=True).close()
    workers = [others.Process(target=save_ten, args=(tmp_path / "s",)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    registry = Registry(tmp_path / "s")
    assert registry.list_versions("m") == [str(n) for n in range(1, 41)]
    assert sorted(registry.load(["m"] * 40, registry.list_versions("m"))) == sorted(list(range(10)) * 4)


class Overtaken(Wrapper):
    """Every other time that a number is to be taken, somebody else takes it first."""

    times = 0

    def create(self, key: str, data: Buffer) -> bool:
        self.times += key.startswith("refs/")
        if self.times % 2:
            Registry(self.inner)["m"] = "theirs"
        return super().create(key, data)


def test_a_number_that_somebody_else_took_first_stays_theirs_and_the_next_is_taken(
    registry: Registry,
) -> None:
    mine = Registry(Overtaken(registry.backend))
    assert [mine.save("m", f"mine {i}") for i in range(3)] == ["2", "4", "6"]
    versions = registry.list_versions("m")
    assert registry.load(["m"] * 6, versions).results == [
        *("theirs", "mine 0", "theirs", "mine 1", "theirs", "mine 2")
    ]


def save_one(store: Path, value: int) -> None:
    with Registry(store) as registry:
        registry["m"] = value


def test_the_latest_version_is_that_of_another_process_at_once(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "s", version_objects=True)
    registry["m"] = 1
    assert (registry["m"], registry.list_versions("m")) == (1, ["1"])
    worker = others.Process(target=save_one, args=(tmp_path / "s", 2))
    worker.start()
    worker.join()
    assert (registry["m"], registry.list_versions("m")) == (2, ["1", "2"])


def test_an_overwrite_that_fails_anywhere_leaves_one_whole_object_and_the_next_is_unharmed() -> None:
    old, new, last = (np.random.default_rng(i).random(30_000) for i in range(3))

    def prepared() -> MemoryStore:
        store = MemoryStore()
        Registry(store, mutable=True)["m"] = old
        return store

    recording = FaultyStore(prepared())
    Registry(recording)["m"] = new
    for fault in fault_points(recording.calls):
        store = prepared()
        try:
            Registry(FaultyStore(store, [fault]))["m"] = new
        except (Crashed, CasregError):
            assert any(np.array_equal(Registry(store)["m"], value) for value in (old, new)), fault
        registry = Registry(store)
        registry["m"] = last
        assert np.array_equal(registry.load("m", verify="full"), last), fault


def test_a_save_that_dies_leaves_nothing_that_is_seen() -> None:
    store, noise = MemoryStore(), np.random.default_rng(0).random(30_000)
    Registry(store, version_objects=True)
    with pytest.raises(Crashed):
        Registry(FaultyStore(store, [Fault(0, "after", "write")]))["m"] = noise
    assert Registry(store).info() == {}
    assert Registry(store).save("m", 1) == "1"


def test_damage_becomes_no_key_error_and_no_default_and_is_not_saved_over(on_disk: Registry) -> None:
    on_disk["m"] = np.random.default_rng(0).random(100_000)
    pack = Path(on_disk.backend.url) / on_disk.open("m").packs[0].sha256.key
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[::-1])
    for act in (lambda: on_disk["m"], lambda: on_disk.get("m", 0), lambda: on_disk.setdefault("m", 0)):
        with pytest.raises(Corrupt) as raised:
            act()
        assert not isinstance(raised.value, KeyError)
    assert on_disk.list_versions("m") == ["1"]


def test_one_servers_object_is_never_given_for_anothers(tmp_path: Path) -> None:
    for server in ("a", "b"):
        (tmp_path / server).write_text(server)
        Registry(tmp_path / f"{server}-store").save("f", tmp_path / server)
    read = [Registry(tmp_path / f"{s}-store", cache_dir=tmp_path / "cache")["f"].read_text() for s in "abab"]
    assert read == ["a", "b", "a", "b"]


def test_what_was_deleted_is_not_served_from_the_cache(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    reader = Registry(tmp_path / "s", cache_dir=tmp_path / "cache")
    writer = Registry(tmp_path / "s", cache_dir=tmp_path / "cache")
    writer["f"] = tmp_path / "f"
    assert reader["f"].read_text() == "x"
    del writer["f"]
    with pytest.raises(NotFound):
        reader["f"]
    assert "f" not in reader


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "..", "a\\..\\..\\x"])
def test_a_name_that_leads_out_of_the_store_is_refused_by_every_call(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "thesis").write_text("years")
    registry = Registry(tmp_path / "s")
    for act in (registry.delete, registry.load, registry.info, lambda n: registry.save(n, 1)):
        with pytest.raises(InvalidInput):
            act(name)
    assert registry.delete([name]).failed == [(name, "all")]
    with pytest.raises(KeyError):
        del registry[name]
    assert (tmp_path / "x" / "thesis").read_text() == "years"


def test_a_batch_tells_the_version_that_each_item_became(registry: Registry) -> None:
    result = registry.save(["m", "m", "bad", "m"], [1, 2, object(), 3])
    assert result.results == ["1", "2", None, "3"]
    assert [registry.load("m", version) for version in result if version] == [1, 2, 3]


def test_five_versions_a_hundredth_apart_take_little_more_than_one(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "s", version_objects=True, durability="none")
    data = np.random.default_rng(0).integers(0, 256, 20_000_000, np.uint8)
    for i in range(5):
        data[i * 3_000_000 : i * 3_000_000 + 200_000] = i
        registry["m"] = data
    assert size_of(tmp_path / "s") < 1.2 * data.nbytes


def test_a_directory_that_is_saved_twice_is_stored_once(tmp_path: Path) -> None:
    (tmp_path / "d/e").mkdir(parents=True)
    for name in ("one", "e/two"):
        (tmp_path / "d" / name).write_bytes(np.random.default_rng(len(name)).bytes(500_000))
    registry = Registry(tmp_path / "s", version_objects=True)
    first = registry.save("d", tmp_path / "d")
    second = registry.save("d", tmp_path / "d")
    assert first.content == second.content == registry.info("d@1")["hash"]
    assert second.stored == 0


def test_a_copied_version_keeps_number_digest_and_metadata(
    registry: Registry,
) -> None:
    source = Registry("memory://", version_objects=True)
    source.save("m", np.random.default_rng(0).random(30_000), version="3.1", metadata={"lr": 0.1})
    assert registry.download(source, "m") == "3.1"
    also = Registry("memory://", version_objects=True)
    also.update(source)
    for copied in (registry, also):
        facts = copied.info("m@3.1")
        assert {**facts, "created": None} == {**source.info("m@3.1"), "created": None}


def test_metadata_that_json_can_carry_is_kept_and_the_rest_refused_by_its_key(registry: Registry) -> None:
    registry.save("m", 1, metadata={"loss": np.float64(0.5), "steps": np.int32(7)})
    assert registry.info("m@1")["metadata"] == {"loss": 0.5, "steps": 7}
    with pytest.raises(InvalidInput, match=r"metadata\.where"):
        registry.save("m", 1, metadata={"where": Path("x")})
    with pytest.raises(InvalidInput, match="the key 1"):
        registry.save("m", 1, metadata={1: "a"})  # type: ignore[dict-item]
    assert registry.list_versions("m") == ["1"]


def test_a_save_a_load_and_each_of_a_batch_of_thirty_take_two_requests() -> None:
    store = MeteredStore(MemoryStore())
    registry = Registry(store, version_objects=True)
    store.reset()
    registry["m"] = {"i": 1}
    assert sum(store.counts.values()) == 2
    store.reset()
    assert registry["m"] == {"i": 1}
    assert sum(store.counts.values()) == 2
    names = [f"n{i}" for i in range(30)]
    store.reset()
    registry.save(names, [{"i": i} for i in range(30)]).require_success()
    assert sum(store.counts.values()) == 60
    store.reset()
    assert registry.load(names).all_succeeded
    assert sum(store.counts.values()) == 60


@pytest.mark.parametrize("wrote", ["0.9.0", "0.16.0"])
def test_stores_of_both_of_theirs_are_read(tmp_path: Path, registry: Registry, wrote: str) -> None:
    kept = Path(__file__).parents[1] / "mindtrace" / f"registry-{wrote}.zip"
    shutil.unpack_archive(kept, tmp_path / "old")
    outcomes = list(plan(tmp_path / "old", registry).execute())
    moved = [one.item.reference for one in outcomes if one.status == "imported"]
    left = {one.item.reference.partition("@")[0] for one in outcomes if one.status != "imported"}
    assert left <= {"arrays", "model", "objects", "raws", "setofbytes", "tuplekeys"}  # pickles, and a class
    assert len(moved) > 30
    assert registry.load(moved).all_succeeded


def test_a_store_says_its_format_and_one_of_another_is_refused_by_it(tmp_path: Path) -> None:
    Registry(tmp_path / "s").close()
    config = tmp_path / "s" / "casreg.json"
    told = json.loads(config.read_text())
    config.chmod(0o644)
    config.write_text(json.dumps({**told, "format": told["format"] + 99}))
    with pytest.raises(Unsupported, match="format"):
        Registry(tmp_path / "s")


class Touching:
    """Unpickled, it leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_nothing_is_unpickled_unless_that_was_asked_for(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="allow_pickle=True"):
        registry["t"] = Touching(tmp_path / "ran")
    registry.save("t", Touching(tmp_path / "ran"), allow_pickle=True)
    with pytest.raises(Unsafe, match="allow_pickle=True"):
        registry["t"]
    assert not (tmp_path / "ran").exists()
    registry.load("t", allow_pickle=True)
    assert (tmp_path / "ran").exists()


def test_no_module_is_imported_because_a_store_names_it(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "named_by_a_store.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    registry["p"] = importlib.import_module("named_by_a_store").Point(1)
    del sys.modules["named_by_a_store"]
    with pytest.raises(Unsafe, match="named_by_a_store"):
        registry["p"]
    assert "named_by_a_store" not in sys.modules


def test_keys_are_used_as_they_were_given_or_come_from_the_sdks_chain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("boto3")

    def signed(**given: Any) -> str:
        backend = S3RegistryBackend(bucket="models", endpoint="127.0.0.1:9", region="eu-west-1", **given)
        assert "hush" not in repr(backend) + backend.url
        return str(backend._client.generate_presigned_url("get_object", {"Bucket": "models", "Key": "k"}))

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "FROMENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "TOKEN")
    assert "FROMENVIRONMENT" in signed()
    assert "TOKEN" in signed()
    url = signed(access_key="GIVEN", secret_key="hush hush")
    assert "GIVEN" in url
    told = {word: values[0] for word, values in parse_qs(urlsplit(url).query).items()}
    text = f"GET\n\n\n{told['Expires']}\n/models/k"
    assert b64decode(told["Signature"]) == hmac.digest(b"hush hush", text.encode(), "sha1")
