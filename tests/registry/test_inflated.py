"""``.npz`` files with deflated arrays: stored inflated, given back bit for bit."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from casreg import Conflict, Corrupt, InvalidInput, Registry, Unsupported
from casreg.codecs import Codec
from casreg.inflated import Recipe
from casreg.materializers.files import PathMaterializer
from casreg.models.index import INFLATED, Index
from casreg.models.store import Features, StoreConfig
from casreg.parts import Stream
from casreg.stores.memory import MemoryStore
from casreg.tensors import Tensor
from casreg.testing import MeteredStore
from tools.fuzz.forged import forge

RNG = np.random.default_rng(0)
WEIGHTS: dict[str, Any] = {
    "encoder.weight": (RNG.standard_normal((300, 400)) * 0.02).astype(np.float32),
    "head.weight": RNG.standard_normal((200, 300)).astype(np.float32),
    "ids": RNG.integers(0, 50, 20_000),
    "mask": np.zeros((400, 400), bool),
}
PLAIN = sum(a.nbytes for a in WEIGHTS.values())


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    np.savez_compressed(tmp_path / "w.npz", **WEIGHTS)
    return tmp_path / "w.npz"


def is_inflated(registry: Registry, reference: str) -> bool:
    with registry.open(reference) as snapshot:
        return any(part.inflated for part in snapshot.parts)


def test_the_file_is_what_people_see(on_disk: Registry, npz: Path, tmp_path: Path) -> None:
    data = npz.read_bytes()
    saved = on_disk.save("m", npz)
    assert saved.plain == len(data) == on_disk.info("m@1")["size"]
    assert on_disk.load("m", verify="full").read_bytes() == data
    assert on_disk.load("m", verify="full").read_bytes() == data
    assert (on_disk.checkout("m", tmp_path / "out") / "w.npz").read_bytes() == data
    with on_disk.open("m", verify="full") as snapshot:
        (part,) = snapshot.parts
        assert (part.size, part.inflated) == (len(data), True)
        assert snapshot.read("w.npz") == data
        assert snapshot.read("w.npz", 5, 1000) == data[5:1000]
        assert snapshot.read("w.npz", len(data) - 3, len(data) + 9) == data[-3:]
        with pytest.raises(InvalidInput):
            snapshot.read_into("w.npz", len(data), [memoryview(bytearray(1))])
        snapshot.require_consistent()
    assert on_disk.fsck() == []


def test_a_cache_that_was_tampered_with_is_found(registry: Registry, npz: Path) -> None:
    registry.save("m", npz)
    path = registry.load("m")
    path.chmod(0o644)
    times = path.stat()
    path.write_bytes(npz.read_bytes()[:-1] + b"!")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert registry.load("m", verify="full").read_bytes() == npz.read_bytes()


def test_its_arrays_are_those_of_any_other_file(registry: Registry, npz: Path) -> None:
    registry.save("m", WEIGHTS)
    saved = registry.save("m", npz)
    assert is_inflated(registry, "m")
    assert saved.stored < 0.01 * PLAIN + 3000
    with registry.open("m") as snapshot:
        assert set(snapshot) == set(WEIGHTS)
        assert all(np.array_equal(snapshot[name], array) for name, array in WEIGHTS.items())


def test_one_array_moves_only_its_own_bytes(npz: Path) -> None:
    store = MeteredStore(MemoryStore())
    registry = Registry(store, version_objects=True)
    registry.save("m", npz)
    with registry.open("m") as snapshot:
        assert len(snapshot) == len(WEIGHTS)
        store.reset()
        assert np.array_equal(snapshot["head.weight"], WEIGHTS["head.weight"])
        assert store.bytes_out < 1.1 * WEIGHTS["head.weight"].nbytes


def test_changed_arrays_are_deltas(registry: Registry, npz: Path) -> None:
    first = registry.save("m", npz)
    changed = WEIGHTS | {"encoder.weight": WEIGHTS["encoder.weight"] + np.float32(1e-6)}
    np.savez_compressed(npz, **changed)
    second = registry.save("m", npz)
    assert second.stored < 0.3 * first.stored
    with registry.open("m") as snapshot:
        assert Codec.DELTA in snapshot.index.chunks.codec
    assert registry.load("m").read_bytes() == npz.read_bytes()


def test_equal_files_have_equal_content(registry: Registry, npz: Path) -> None:
    assert registry.save("a", npz).content == registry.save("b", npz).content
    assert registry.save("b", npz).stored == 0


def test_a_base_that_is_damaged_is_no_reason_not_to_save(
    on_disk: Registry, npz: Path, tmp_path: Path
) -> None:
    on_disk.save("m", npz)
    for pack in (tmp_path / "store" / "blobs" / "sha256").iterdir():
        if pack.stat().st_size > 64 << 10:
            pack.chmod(0o644)
            pack.write_bytes(b"!" * 1000 + pack.read_bytes()[1000:])
    on_disk.save("n", npz, base="m")
    assert is_inflated(on_disk, "n")


def test_several_in_a_directory_among_other_files(registry: Registry, npz: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    npz.rename(folder / "sub" / "w.npz")
    np.savez_compressed(folder / "other.npz", x=RNG.standard_normal(50_000))
    (folder / "other.npz").chmod(0o755)
    (folder / "notes.txt").write_text("notes")
    np.savez(folder / "plain.npz", **WEIGHTS)
    done: list[tuple[int, int | None]] = []
    saved = registry.save("m", folder, progress=lambda *step: done.append(step))
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert saved.plain == sum(map(len, files.values()))
    assert done[-1][0] == done[-1][1]
    with registry.open("m") as snapshot:
        assert {p.path: p.size for p in snapshot.parts} == {path: len(data) for path, data in files.items()}
        assert {p.path for p in snapshot.parts if p.inflated} == {"other.npz", "sub/w.npz"}
    loaded = registry.load("m")
    assert {
        p.relative_to(loaded).as_posix(): p.read_bytes() for p in loaded.rglob("*") if p.is_file()
    } == files
    assert (loaded / "other.npz").stat().st_mode & 0o111
    assert [p.name for p in registry.load("m", only="other*").iterdir()] == ["other.npz"]


def test_arrays_are_filled_sliced_and_downloaded_as_any_others(registry: Registry, npz: Path) -> None:
    registry.save("m", npz)
    with Registry("memory://", version_objects=True) as other:
        other.download(registry, "m")
        assert other.load("m").read_bytes() == npz.read_bytes()
        head = np.zeros_like(WEIGHTS["head.weight"])
        other.load("m", into={"head.weight": head})
        assert np.array_equal(head, WEIGHTS["head.weight"])
        with other.open("m") as snapshot:
            rows = snapshot.tensors["encoder.weight"][5:9, 1]
            assert np.array_equal(rows, WEIGHTS["encoder.weight"][5:9, 1])


def zipped(path: Path, members: dict[str, bytes], **how: Any) -> Path:
    with zipfile.ZipFile(path, "w", **{"compression": zipfile.ZIP_DEFLATED, **how}) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


BYTES = {f"{name}.npy": npy(array) for name, array in WEIGHTS.items()}
LIKE: dict[str, Callable[[Path], Path]] = {
    "level 9": lambda p: zipped(p, BYTES, compresslevel=9),
    "level 1": lambda p: zipped(p, BYTES, compresslevel=1),
    "fortran": lambda p: zipped(p, {"f.npy": npy(np.asfortranarray(WEIGHTS["head.weight"]))}),
    "records": lambda p: zipped(p, {"r.npy": npy(np.ones(90_000, "i8,f4"))} | BYTES),
}
UNLIKE: dict[str, Callable[[Path], Path]] = {
    "level 0": lambda p: zipped(p, BYTES, compresslevel=0),
    "bzip2": lambda p: zipped(p, BYTES, compression=zipfile.ZIP_BZIP2),
    "lzma": lambda p: zipped(p, BYTES, compression=zipfile.ZIP_LZMA),
    "not only arrays": lambda p: zipped(p, BYTES | {"notes.txt": b"notes"}),
    "no array": lambda p: zipped(p, BYTES | {"bad.npy": b"not an array" * 9}),
    "longer than it says": lambda p: zipped(p, BYTES | {"bad.npy": npy(np.ones(9))[:-1]}),
    "small": lambda p: zipped(p, {"a.npy": npy(np.arange(9.0))}),
    "a bomb": lambda p: zipped(p, {"a.npy": npy(np.zeros(9_000_000))}),
}


@pytest.mark.parametrize("kind", LIKE)
def test_archives_that_zlib_makes_again(registry: Registry, tmp_path: Path, kind: str) -> None:
    file = LIKE[kind](tmp_path / "any name.zip")
    registry.save("m", file)
    assert is_inflated(registry, "m")
    assert registry.load("m").read_bytes() == file.read_bytes()


@pytest.mark.parametrize("kind", UNLIKE)
def test_archives_that_are_left_as_they_are(registry: Registry, tmp_path: Path, kind: str) -> None:
    file = UNLIKE[kind](tmp_path / "w.npz")
    registry.save("m", file)
    assert not is_inflated(registry, "m")
    assert registry.load("m").read_bytes() == file.read_bytes()


def test_a_member_that_is_damaged_is_no_reason_to_refuse_the_file(registry: Registry, npz: Path) -> None:
    data = bytearray(npz.read_bytes())
    for at in (500, len(data) // 2, len(data) - 600):
        damaged = bytes(data[:at]) + bytes([data[at] ^ 0xFF]) + bytes(data[at + 1 :])
        npz.write_bytes(damaged)
        registry.save("m", npz)
        assert registry.load("m").read_bytes() == damaged


def test_it_can_be_switched_off(registry: Registry, npz: Path) -> None:
    registry.save("m", npz, init_params={"inflate": False})
    assert not is_inflated(registry, "m")
    assert registry.load("m").read_bytes() == npz.read_bytes()
    with pytest.raises(InvalidInput, match="inflate="):
        registry.save("m", npz, init_params={"inflate": "no"})


def test_a_store_whose_readers_need_not_know_of_it_gets_none(npz: Path) -> None:
    store = MemoryStore()
    config = StoreConfig(
        id="0" * 32, created="2025-01-02T03:04:05Z", features=Features(reader=["planes", "delta"])
    )
    store.create("casreg.json", config.encode())
    registry = Registry(store)
    registry.save("m", npz)
    assert not is_inflated(registry, "m")
    assert registry.info("m@1")["init_params"] == {}


def read_all(data: Stream, buffer: memoryview) -> None:
    """As a save does: not a byte beyond what it was told there are."""
    with data.open() as source:
        while buffer:
            buffer = buffer[source.readinto(buffer) :]


@pytest.mark.parametrize("stamp_kept", [False, True])
@pytest.mark.parametrize("where", ["member", "directory"])
def test_a_file_that_changes_between_two_readings_is_a_conflict(
    npz: Path, where: str, stamp_kept: bool
) -> None:
    (part,) = PathMaterializer("file").dump(npz, {}).parts
    assert part.file_size == npz.stat().st_size
    before, data = npz.stat(), npz.read_bytes()
    at = len(data) // 2 if where == "member" else data.rindex(b"PK\x01\x02") + 12
    with npz.open("r+b") as file:
        file.seek(at)
        file.write(bytes([data[at] ^ 1]))
    if stamp_kept:
        os.utime(npz, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert isinstance(part.data, Stream)
    buffer = memoryview(bytearray(part.data.size or 0))
    with pytest.raises(Conflict, match=r"w\.npz changed"):
        read_all(part.data, buffer)


def marked(flag: int, size: int) -> Callable[[Index], None]:
    def mark(index: Index) -> None:
        index.flags[0] = flag
        index.files.append(size)

    return mark


def recipe_of(file: bytes, plain: bytes, level: int) -> Recipe:
    return Recipe(
        size=len(file), blake3="0" * 64, zlib="9.9-other", pieces=[[len(file), len(plain), level, 8]]
    )


def test_a_zlib_that_deflates_otherwise_is_an_error_and_never_other_bytes(tmp_path: Path) -> None:
    file, plain = bytes(100_000), npy(WEIGHTS["ids"])
    front = recipe_of(file, plain, 1).front()
    ids = Tensor("ids", "I64", (20_000,), len(front) + 128, 160_000)
    store = MemoryStore()
    Registry(store).close()
    mark = marked(INFLATED, len(file))
    forge(store, {"w.npz": front + plain}, kind="file", index=mark, tensors=[(0, ids)])
    registry = Registry(store)
    for attempt in (
        lambda: registry.load("evil"),
        lambda: registry.load("evil", output_dir=tmp_path / "out"),
        lambda: registry.checkout("evil", tmp_path / "copy"),
        lambda: registry.open("evil").read("w.npz", 0, 1),
    ):
        with pytest.raises(Unsupported, match=r"9\.9-other.*registry\.open"):
            attempt()
    assert not list(tmp_path.rglob("*.npz"))
    assert np.array_equal(registry.open("evil")["ids"], WEIGHTS["ids"])


@pytest.mark.parametrize(
    ("flag", "size", "error"),
    [
        (INFLATED, 0, Corrupt),
        (INFLATED, 1 << 40, Corrupt),
        (0, 5, Corrupt),
        (4, 0, Unsupported),
        (0xFF, 9, Unsupported),
        (INFLATED, 9, Corrupt),
    ],
)
def test_an_index_that_lies_of_what_is_inflated_is_refused(flag: int, size: int, error: type) -> None:
    store = MemoryStore()
    Registry(store).close()
    forge(store, {"data": b"no recipe"}, kind="file", index=marked(flag, size))
    with pytest.raises(error):
        Registry(store).load("evil")
