"""casreg:// paths: what they name, how they are read, that nothing is written."""

import pickle
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg import Corrupt, InvalidInput, ReadOnly, Registry, StoreNotFound
from casreg.filesystem import CasregFileSystem
from casreg.filesystem.shelf import Shelf
from casreg.stores.memory import MemoryStore
from casreg.testing import MeteredStore

Noise = Callable[..., bytes]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry(tmp_path / "store", version_objects=True, durability="none") as made:
        yield made


@pytest.fixture
def model(tmp_path: Path, noise: Noise) -> Path:
    folder = tmp_path / "model"
    (folder / "weights").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "weights" / "a.bin").write_bytes(noise(6_000_000))
    (folder / "weights" / "odd@name.txt").write_text("näh\nzwei\n", encoding="utf-8")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    return folder


@pytest.fixture
def fs(registry: Registry, model: Path, tmp_path: Path) -> CasregFileSystem:
    registry.save("det/yolo", model)
    registry.save("det/yolo", model / "run.sh", version="10")
    registry.save("det", 1)
    registry.save("words", "hello")
    registry.tag("det/yolo", "prod", "1")
    fs: CasregFileSystem = fsspec.filesystem("casreg", store=str(tmp_path / "store"))
    return fs


def test_names_versions_and_directories_are_listed(fs: CasregFileSystem) -> None:
    assert fs.ls("", detail=False) == ["det", "words"]
    assert fs.ls("det", detail=False) == ["det@1", "det/yolo"]
    assert fs.ls("casreg://det/yolo/", detail=False) == ["det/yolo@1", "det/yolo@10"]
    assert fs.ls("det/yolo@1", detail=False) == [
        "det/yolo@1/empty",
        "det/yolo@1/run.sh",
        "det/yolo@1/weights",
    ]
    assert fs.ls("det/yolo@1/empty") == []
    assert fs.ls("det/yolo@1/run.sh", detail=False) == ["det/yolo@1/run.sh"]
    assert all(fs.isdir(path) for path in ("", "det", "det/yolo", "det/yolo@1", "det/yolo@1/weights"))
    assert fs.isfile("det/yolo@1/weights/odd@name.txt")
    info = fs.info("casreg://det/yolo@1/run.sh")
    assert (info["type"], info["size"], info["version"], info["executable"]) == ("file", 10, "1", True)
    assert info["digest"].startswith("sha256:")


def test_what_is_walked_and_globbed_is_what_there_is(fs: CasregFileSystem) -> None:
    files = ["run.sh", "weights/a.bin", "weights/odd@name.txt"]
    assert fs.find("det/yolo@1") == [f"det/yolo@1/{file}" for file in files]
    assert fs.find("det/yolo") == [*[f"det/yolo@1/{file}" for file in files], "det/yolo@10/run.sh"]
    assert fs.glob("det/yolo@*/*.sh") == ["det/yolo@1/run.sh", "det/yolo@10/run.sh"]
    assert fs.glob("*/*/r*.sh") == ["det/yolo@1/run.sh", "det/yolo@10/run.sh"]
    assert fs.glob("det/y*") == ["det/yolo", "det/yolo@1", "det/yolo@10"]
    assert fs.glob("d*@?") == ["det@1"]
    assert fs.glob("**/yolo@10/*.sh") == ["det/yolo@10/run.sh"]
    assert fs.glob("*/nothing@*/x") == []
    assert next(iter(fs.glob("det/yolo@1?", detail=True).values()))["version"] == "10"
    assert fs.glob("casreg://det/yolo@1/**/*.bin") == ["det/yolo@1/weights/a.bin"]
    assert fs.du("det/yolo@1") == 6_000_000 + 10 + 10
    assert [len(found) for _, *found in fs.walk("det/yolo@1")] == [2, 2, 2]
    assert len(list(fs.walk(""))) == 10


def test_every_reference_reads(fs: CasregFileSystem, registry: Registry) -> None:
    digest = registry.open("det/yolo@1").digest
    for reference in ("det/yolo@1", "det/yolo@prod", f"det/yolo@{digest}"):
        assert fs.cat(f"{reference}/run.sh") == b"#!/bin/sh\n"
        assert fs.info(f"{reference}/run.sh")["name"] == f"{reference}/run.sh"
    assert fs.cat("det/yolo@latest/run.sh") == b"#!/bin/sh\n"
    assert fs.ukey("det/yolo@prod/run.sh") == fs.ukey("det/yolo@1/run.sh") != fs.ukey("det/yolo@10/run.sh")
    assert fs.created("det/yolo@1/run.sh") == registry.open("det/yolo@1").ref.created


def test_latest_and_tags_are_never_stale_and_an_open_file_stays_what_it_was(
    fs: CasregFileSystem, registry: Registry, tmp_path: Path
) -> None:
    new = tmp_path / "run.sh"
    with fs.open("det/yolo@latest/run.sh", block_size=4) as file:
        assert file.read(2) == b"#!"
        new.write_text("different")
        registry.save("det/yolo", new)
        assert fs.cat("det/yolo@latest/run.sh") == b"different"
        assert file.read() == b"/bin/sh\n"
        assert file.info()["version"] == "10"
    registry.tag("det/yolo", "prod", "11")
    assert fs.cat("det/yolo@prod/run.sh") == b"different"
    assert fs.ls("det/yolo", detail=False)[-1] == "det/yolo@11"


def test_versions_of_a_mutable_store_are_looked_at_anew(tmp_path: Path) -> None:
    file = tmp_path / "f"
    with Registry(tmp_path / "store", version_objects=True, mutable=True) as registry:
        fs = CasregFileSystem(store=tmp_path / "store")
        for text in (b"one", b"two"):
            file.write_bytes(text)
            registry.save("f", file, version="1")
            assert fs.cat("f@1/f") == text


@given(st.none() | st.integers(-12, 12), st.none() | st.integers(-12, 12))
def test_ranges_are_slices(start: int | None, end: int | None) -> None:
    place = f"memory://{test_ranges_are_slices.__name__}"
    with Registry(place, version_objects=True) as registry:
        if "b" not in registry:
            registry.save("b", b"0123456789")
        (path,) = CasregFileSystem(store=place).find("b@1")
        fs = CasregFileSystem(store=place)
        assert fs.cat_file(path, start, end) == b"0123456789"[start:end]
        assert fs.cat_ranges([path, path], [start, 2], [end, 4]) == [b"0123456789"[start:end], b"23"]


def test_a_range_moves_its_own_bytes(
    registry: Registry, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MeteredStore(MemoryStore())
    with Registry(store, version_objects=True) as made:
        made.save("m", model)
    fs = CasregFileSystem(store="memory://nowhere", skip_instance_cache=True)
    opened = Registry(store, read_only=True)
    monkeypatch.setattr(Shelf, "registry", lambda _: opened)
    fs.ls("m@1")
    store.reset()
    data = (model / "weights/a.bin").read_bytes()
    assert fs.cat_file("m@1/weights/a.bin", 3_000_000, 3_000_010) == data[3_000_000:3_000_010]
    assert store.counts["read"] == 1
    assert store.bytes_out < 1_100_000
    assert sum(store.counts.values()) == 1  # a version that does not change is not looked up again
    store.reset()
    near = [(1_000_000 + i * 1000, 1_000_000 + i * 1000 + 10) for i in range(100)]
    read = fs.cat_ranges(["m@1/weights/a.bin"] * 100, [a for a, _ in near], [b for _, b in near])
    assert read == [data[a:b] for a, b in near]
    assert sum(store.counts.values()) <= 2
    store.reset()
    fs.cat_file("m@latest/run.sh")
    assert store.counts["scan"] == 1
    assert store.counts["read"] == 2


def test_files_are_read_in_binary_and_text_and_seeked(fs: CasregFileSystem, model: Path) -> None:
    data = (model / "weights/a.bin").read_bytes()
    with fs.open("det/yolo@1/weights/a.bin", block_size=1 << 16) as file:
        file.seek(-5, 2)
        assert file.read() == data[-5:]
        file.seek(4_999_990)
        assert file.read(20) == data[4_999_990:5_000_010]
        again = pickle.loads(pickle.dumps(file))
        assert again.read(5) == data[5_000_010:5_000_015]
    with fs.open("det/yolo@1/weights/odd@name.txt", "r", encoding="utf-8") as text:
        assert text.readlines() == ["näh\n", "zwei\n"]
    assert pickle.loads(pickle.dumps(fs)).cat("det/yolo@1/run.sh") == b"#!/bin/sh\n"


def test_an_archive_that_is_kept_inflated_is_read_as_the_file(
    fs: CasregFileSystem, registry: Registry, tmp_path: Path
) -> None:
    archive = tmp_path / "w.npz"
    np.savez_compressed(archive, w=np.arange(100_000, dtype=np.int64))
    registry.save("w", archive)
    with fs.open("w@1/w.npz") as file, np.load(file) as loaded:
        assert loaded["w"][-1] == 99_999
    assert fs.cat_ranges(["w@1/w.npz"], 0, 2) == [b"PK"]


def test_pandas_pyarrow_and_chained_archives_read_versions(registry: Registry, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": range(1000), "y": np.random.default_rng(0).random(1000)})
    folder = tmp_path / "table"
    folder.mkdir()
    frame.to_csv(folder / "t.csv", index=False)
    frame.to_csv(folder / "t.csv.gz", index=False)
    for part in range(2):
        pyarrow.parquet.write_table(pyarrow.Table.from_pandas(frame), folder / f"{part}.parquet")
    registry.save("data/table", folder)
    options = {"store": str(tmp_path / "store")}
    for name in ("t.csv", "t.csv.gz"):
        read = pd.read_csv(f"casreg://data/table@1/{name}", storage_options=options)
        pd.testing.assert_frame_equal(read, frame)
    parquet = pd.read_parquet("casreg://data/table@latest/0.parquet", storage_options=options, columns=["x"])
    assert list(parquet) == ["x"]
    handler = pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(fsspec.filesystem("casreg", **options)))
    paths = ["data/table@1/0.parquet", "data/table@1/1.parquet"]
    dataset = pyarrow.dataset.dataset(paths, filesystem=handler, format="parquet")
    assert dataset.count_rows() == 2000
    with fsspec.open("simplecache::casreg://data/table@1/t.csv", casreg=options) as file:
        assert file.readline() == b"x,y\n"
    with pytest.raises(ReadOnly):
        frame.to_csv("casreg://data/table@2/new.csv", storage_options=options)


def test_names_with_wildcards_in_them_are_matched_as_they_are(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    registry.save(["a[1]", "a1"], tmp_path / "f")
    fs = CasregFileSystem(store=tmp_path / "store")
    assert fs.glob("a*@1/*") == ["a1@1/f", "a[1]@1/f"]


WRITES: dict[str, Callable[[Any, str], object]] = {
    "open": lambda fs, path: fs.open(path, "wb"),
    "append": lambda fs, path: fs.open(path, "a"),
    "exclusive": lambda fs, path: fs.open(path, "xb"),
    "write_text": lambda fs, path: fs.write_text(path, "x"),
    "pipe": lambda fs, path: fs.pipe(path, b"x"),
    "touch": lambda fs, path: fs.touch(path),
    "mkdir": lambda fs, path: fs.mkdir(path),
    "makedirs": lambda fs, path: fs.makedirs(path, exist_ok=True),
    "rm": lambda fs, path: fs.rm(path, recursive=True),
    "rm_file": lambda fs, path: fs.rm_file(path),
    "rmdir": lambda fs, path: fs.rmdir(path),
    "mv": lambda fs, path: fs.mv(path, "b@1"),
    "copy": lambda fs, path: fs.copy(path, "b@1"),
    "put": lambda fs, path: fs.put(__file__, path),
    "put_file": lambda fs, path: fs.put_file(__file__, path),
    "upload": lambda fs, path: fs.upload(__file__, path),
}


@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_changed(fs: CasregFileSystem, registry: Registry, write: str) -> None:
    before = registry.list_objects_and_versions()
    for path in ("det/yolo@1/run.sh", "det/yolo@1", "new@1/x"):
        with pytest.raises(OSError, match="casreg:// is read-only"):
            WRITES[write](fs, path)
    assert registry.list_objects_and_versions() == before


NOWHERE = (
    "nobody",
    "nobody@1",
    "det/yolo@2",
    "det/yolo@none",
    "det/yolo@",
    "det/yolo@../..",
    "@1",
    "@",
    "det/yolo@1/nothing",
    "det/yolo@1/..",
    "det/yolo@1/../run.sh",
    "det/yolo@1/./run.sh",
    "det/yolo@1//run.sh",
    "det/yolo@1/weights/../../../../etc/passwd",
    "det/yolo@1//etc/passwd",
    "det/yolo@1/run.sh/deeper",
    "../store/casreg.json",
    "..",
    "../../etc/passwd",
    "det/../words",
    "det//yolo",
    "det\\yolo@1",
    "det/yolo@sha256:" + "0" * 64,
    "det/yolo@sha256:00",
    "\udcff@1",
    "\udcff",
    "a\0b",
)


@pytest.mark.parametrize("path", NOWHERE)
def test_no_path_leads_anywhere_else(fs: CasregFileSystem, path: str) -> None:
    assert not fs.exists(path)
    for read in (fs.info, fs.ls, fs.open, fs.cat_file):
        with pytest.raises(FileNotFoundError):
            read(path)
    assert fs.find(path) == []


@given(st.text(alphabet="ab./@:1\\\0%é", max_size=12))
def test_any_path_is_there_or_not_found(path: str) -> None:
    place = "memory://any-path"
    Registry(place, version_objects=True).close()
    fs = CasregFileSystem(store=place)
    try:
        assert fs.info(path)["name"] == ""
    except FileNotFoundError:
        assert not fs.exists(path)


def test_directories_are_no_files(fs: CasregFileSystem) -> None:
    for path in ("det", "det/yolo", "det/yolo@1", "det/yolo@1/weights"):
        with pytest.raises(IsADirectoryError):
            fs.open(path)
        with pytest.raises(IsADirectoryError):
            fs.cat_file(path)


def test_damage_is_told_and_stays_damage(fs: CasregFileSystem, registry: Registry) -> None:
    with registry.open("det/yolo@1") as snapshot:
        for pack in snapshot.packs:
            registry.backend.remove(pack.sha256.key)
    with pytest.raises(Corrupt, match="missing from the store"):
        fs.cat_file("det/yolo@1/weights/a.bin")
    (told,) = fs.cat_ranges(["det/yolo@1/weights/a.bin"], 0, 10)
    assert isinstance(told, Corrupt)
    with pytest.raises(Corrupt):
        fs.cat_ranges(["det/yolo@1/weights/a.bin"], 0, 10, on_error="raise")


def test_the_default_store_is_looked_up_when_it_is_read(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.save("a", 1)
    Registry(tmp_path / "other", version_objects=True).save("b", 1)
    fs = fsspec.filesystem("casreg")
    monkeypatch.setenv("CASREG_STORE", str(tmp_path / "store"))
    assert fs.ls("", detail=False) == ["a"]
    monkeypatch.setenv("CASREG_STORE", str(tmp_path / "other"))
    assert fsspec.filesystem("casreg").ls("", detail=False) == ["b"]
    monkeypatch.setenv("CASREG_STORE", str(tmp_path / "none"))
    with pytest.raises(StoreNotFound, match="casreg init"):
        fs.ls("")
    assert not (tmp_path / "none").exists()


def test_a_slip_of_its_option_is_no_other_store(fs: CasregFileSystem) -> None:
    with pytest.raises(InvalidInput, match="there is no option stroe=: did you mean store="):
        fsspec.filesystem("casreg", stroe="models")
    with pytest.raises(InvalidInput, match="did you mean store="):
        pd.read_csv("casreg://det/yolo@1/run.sh", storage_options={"storage": "models"})
    options = {"use_listings_cache": False, "skip_instance_cache": True, "asynchronous": False}
    assert fsspec.filesystem("casreg", store="models", **options).protocol == "casreg"


def test_fsspec_finds_it_by_the_entry_point() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    (home,) = project["entry-points"]["fsspec.specs"].values()
    module, _, name = home.partition(":")
    assert getattr(import_module(module), name) is CasregFileSystem
    assert fsspec.get_filesystem_class("casreg") is CasregFileSystem


def test_import_casreg_leaves_fsspec_alone() -> None:
    code = "import sys, casreg; casreg.Registry('memory://').save('a', 1); print('fsspec' in sys.modules)"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
