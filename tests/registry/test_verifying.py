"""verify: is this directory that version? Without reading the version's data."""

import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg import InvalidInput, NotFound, Registry, VersionNotFound
from casreg.config import MIB, Limits
from casreg.errors import Denied
from casreg.materializers.compare import Difference
from casreg.stores.memory import MemoryStore
from casreg.testing import MeteredStore

Noise = Callable[..., bytes]


@pytest.fixture
def metered() -> MeteredStore:
    return MeteredStore(MemoryStore())


@pytest.fixture
def registry(metered: MeteredStore) -> Registry:
    return Registry(metered, version_objects=True)


@pytest.fixture
def tree(tmp_path: Path, noise: Noise) -> Path:
    folder = tmp_path / "tree"
    (folder / "layers").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "weights.bin").write_bytes(noise(12 * MIB))
    (folder / "layers" / "one.txt").write_bytes(b"one\n" * 1000)
    (folder / "nothing").write_bytes(b"")
    (folder / "run.sh").write_bytes(b"#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    return folder


def told(differences: list[Difference]) -> list[tuple[str, str]]:
    return [(one.kind, one.path) for one in differences]


def test_what_was_saved_or_checked_out_is_that_version_and_no_data_is_read(
    registry: Registry, metered: MeteredStore, tree: Path, tmp_path: Path
) -> None:
    registry.save("m", tree)
    registry.checkout("m", tmp_path / "out")
    done: list[tuple[int, int | None]] = []
    metered.reset()
    assert registry.verify("m@1", tree) == []
    assert registry.verify("m", str(tmp_path / "out"), progress=lambda *at: done.append(at)) == []
    assert metered.bytes_out < 20_000
    assert {verb for verb, count in metered.counts.items() if count} == {"read", "scan"}
    assert done == sorted(done)
    assert done[-1] == (12 * MIB + 4010, 12 * MIB + 4010)


def test_every_difference_is_told_once(registry: Registry, tree: Path) -> None:
    registry.save("m", tree)
    (tree / "layers" / "one.txt").unlink()
    (tree / "layers" / "two.txt").write_text("two")
    (tree / "layers" / "hollow").mkdir()
    (tree / "empty").rmdir()
    (tree / "nothing").unlink()
    (tree / "nothing").mkdir()
    (tree / "nothing" / "inside").write_text("x")
    (tree / "run.sh").chmod(0o644)
    with (tree / "weights.bin").open("r+b") as file:
        file.seek(9 * MIB)
        byte = file.read(1)[0]
        file.seek(9 * MIB)
        file.write(bytes([byte ^ 1]))
    differences = registry.verify("m", tree)
    assert told(differences) == [
        ("missing", "empty/"),
        ("extra", "layers/hollow/"),
        ("missing", "layers/one.txt"),
        ("extra", "layers/two.txt"),
        ("type", "nothing"),
        ("extra", "nothing/inside"),
        ("mode", "run.sh"),
        ("changed", "weights.bin"),
    ]
    changed = differences[-1]
    assert changed.start is not None
    assert changed.stop is not None
    assert changed.start <= 9 * MIB < changed.stop <= changed.start + 2 * MIB
    assert str(differences[-2]) == "mode run.sh (is to be executable)"


@pytest.mark.parametrize("size", [5, 3 * MIB])
def test_longer_and_shorter_files_are_changed_where_they_end(
    registry: Registry, tmp_path: Path, noise: Noise, size: int
) -> None:
    file, data = tmp_path / "f", noise(size)
    file.write_bytes(data)
    registry.save("f", file)
    file.write_bytes(data + b"more")
    (longer,) = registry.verify("f", file)
    assert (longer.start, longer.stop) == (size, size + 4)
    file.write_bytes(data[:-1])
    (shorter,) = registry.verify("f", file)
    assert shorter.stop == size
    assert f"{size - 1} bytes instead of {size}" in str(shorter)


@given(st.lists(st.integers(0, 1999), min_size=1, max_size=3), st.integers(0, 2500))
def test_the_first_byte_that_differs_lies_in_the_range(flips: list[int], length: int) -> None:
    registry = Registry("memory://")
    registry._limits = Limits(workers=2)
    place = Path(os.environ["CASREG_CACHE"]).parent / "flipped"
    data = bytes(range(250)) * 8
    place.write_bytes(data)
    registry.save("f", place)
    other = bytearray(data.ljust(length, b"-")[:length])
    for at in flips:
        if at < length:
            other[at] ^= 255
    place.write_bytes(other)
    found = registry.verify("f", place)
    if other == data:
        assert found == []
        return
    first = next((i for i, (a, b) in enumerate(zip(data, other, strict=False)) if a != b), min(2000, length))
    (one,) = found
    assert one.start is not None
    assert one.stop is not None
    assert one.start <= first < one.stop


def test_links_count_as_what_they_lead_to(registry: Registry, tree: Path, tmp_path: Path) -> None:
    registry.save("m", tree)
    shutil.move(tree / "weights.bin", tmp_path / "elsewhere")
    (tree / "weights.bin").symlink_to(tmp_path / "elsewhere")
    shutil.move(tree / "layers", tmp_path / "layers")
    (tree / "layers").symlink_to(tmp_path / "layers")
    assert registry.verify("m", tree) == []
    (tmp_path / "elsewhere").unlink()
    (tree / "around").symlink_to(tree)
    (tree / "nowhere").symlink_to("/no/such/place")
    differences = registry.verify("m", tree)
    assert told(differences) == [("extra", "around"), ("extra", "nowhere"), ("type", "weights.bin")]
    assert "a link to nothing" in str(differences[-1])


def test_what_is_no_file_is_never_opened(registry: Registry, tree: Path) -> None:
    registry.save("m", tree)
    (tree / "run.sh").unlink()
    os.mkfifo(tree / "run.sh")
    os.mkfifo(tree / "pipe")
    (tree / "empty").rmdir()
    (tree / "empty").write_text("a file")
    assert told(registry.verify("m", tree)) == [("type", "empty/"), ("extra", "pipe"), ("type", "run.sh")]


def test_a_file_is_held_against_a_version_that_is_one(registry: Registry, tree: Path, tmp_path: Path) -> None:
    registry.save("f", tree / "run.sh")
    registry.save("m", tree)
    assert registry.verify("f", tree / "run.sh") == []
    shutil.copy(tree / "run.sh", tmp_path / "renamed")
    assert registry.verify("f", tmp_path / "renamed") == []
    (tmp_path / "renamed").write_text("#!/bin/zsh\n")
    assert told(registry.verify("f", tmp_path / "renamed")) == [("changed", "run.sh")]
    with pytest.raises(InvalidInput, match="m@1 has 5 files"):
        registry.verify("m", tree / "run.sh")
    with pytest.raises(NotFound, match="no file or directory"):
        registry.verify("m", tmp_path / "nowhere")
    with pytest.raises(VersionNotFound):
        registry.verify("m@7", tree)


def test_an_archive_that_is_kept_inflated_is_told_by_the_hash_in_its_recipe(
    registry: Registry, metered: MeteredStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "w.npz"
    np.savez_compressed(file, w=np.random.default_rng(0).random(500_000).astype(np.float32))
    registry.save("w", file)
    metered.reset()
    assert registry.verify("w", file) == []
    assert metered.bytes_out < 200_000
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    (one,) = registry.verify("w", file)
    assert one.start is not None
    assert one.stop is not None
    assert one.start <= len(data) // 2 < one.stop < len(data)
    original: Any = zlib.compressobj
    monkeypatch.setattr(zlib, "compressobj", lambda _level, *a: original(1, *a))
    (unknown,) = registry.verify("w", file)
    assert (unknown.start, unknown.stop) == (0, len(data))


def test_objects_of_other_kinds_are_their_parts(registry: Registry, tmp_path: Path) -> None:
    registry.save("t", {"w": np.arange(1000), "lr": 0.1})
    registry.checkout("t", tmp_path / "t")
    assert registry.verify("t", tmp_path / "t") == []


def test_names_that_no_version_may_have_are_extra(registry: Registry, tree: Path) -> None:
    registry.save("m", tree)
    (tree / "a\\b").write_text("")
    (tree / os.fsdecode(b"\xff")).write_text("")
    assert told(registry.verify("m", tree)) == [("extra", "a\\b"), ("extra", "\udcff")]


@contextmanager
def nobody() -> Iterator[None]:
    """Without root's right to read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_what_may_not_be_read_is_no_difference(registry: Registry) -> None:
    with tempfile.TemporaryDirectory() as public:  # other users do not reach tmp_path
        for folder in (public, f"{public}/tree"):
            os.makedirs(folder, exist_ok=True)
            os.chmod(folder, 0o755)
        secret = Path(public, "tree", "secret")
        secret.write_bytes(b"x")
        registry.save("m", secret.parent)
        with nobody():
            assert registry.verify("m", secret.parent) == []
        secret.chmod(0)
        with nobody(), pytest.raises(Denied, match="secret may not be read"):
            registry.verify("m", secret.parent)


def test_nothing_is_written(registry: Registry, metered: MeteredStore, tree: Path) -> None:
    registry.save("m", tree)
    before = {path: path.stat().st_mtime_ns for path in tree.rglob("*")}
    metered.reset()
    registry.verify("m", tree)
    assert metered.counts["write"] == metered.counts["create"] == metered.counts["remove"] == 0
    assert {path: path.stat().st_mtime_ns for path in tree.rglob("*")} == before
