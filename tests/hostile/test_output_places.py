"""Nothing is written outside of the directory that a caller named, whatever lies in it already."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from attacking import files

from casreg import CasregError, Corrupt, InvalidInput, Registry
from casreg.stores.memory import MemoryStore
from tools.fuzz.forged import Chunk, forge

PARTS = {"sub/one": b"from the store", "two": b"from the store, too"}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    store = MemoryStore()
    registry = Registry(store, version_objects=True, cache_dir=tmp_path / "cache")
    forge(store, PARTS)
    return registry


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    place = tmp_path / "outside"
    place.mkdir()
    (place / "one").write_text("mine")
    (tmp_path / "out" / "evil@1").mkdir(parents=True)
    return place


@pytest.mark.parametrize("relative", [True, False])
def test_a_link_to_a_directory_outside_is_not_followed(
    registry: Registry, tmp_path: Path, outside: Path, relative: bool
) -> None:
    (tmp_path / "out" / "evil@1" / "sub").symlink_to("../../outside" if relative else outside)
    with pytest.raises(InvalidInput, match="a link is in the way"):
        registry.load("evil", output_dir=tmp_path / "out")
    assert files(outside) == {"one"}
    assert (outside / "one").read_text() == "mine"


def test_a_link_further_in_is_not_followed(tmp_path: Path, outside: Path, registry: Registry) -> None:
    forge(registry.backend, {"a/b/c/one": b"x"})
    (tmp_path / "out" / "evil@1" / "a").mkdir()
    (tmp_path / "out" / "evil@1" / "a" / "b").symlink_to(outside)
    with pytest.raises(InvalidInput, match="a link is in the way"):
        registry.load("evil", output_dir=tmp_path / "out")
    assert sorted(path.name for path in outside.iterdir()) == ["one"]


def test_a_directory_beside_with_a_longer_name_is_outside(
    registry: Registry, tmp_path: Path, outside: Path
) -> None:
    (tmp_path / "out" / "evil@1more").mkdir()
    (tmp_path / "out" / "evil@1" / "sub").symlink_to("../evil@1more")
    with pytest.raises(InvalidInput, match="a link is in the way"):
        registry.load("evil", output_dir=tmp_path / "out")
    assert not files(tmp_path / "out" / "evil@1more")


def test_a_link_where_a_file_is_to_be_is_replaced_not_written_through(
    registry: Registry, tmp_path: Path, outside: Path
) -> None:
    (tmp_path / "out" / "evil@1" / "two").symlink_to(outside / "one")
    registry.load("evil", output_dir=tmp_path / "out")
    assert (outside / "one").read_text() == "mine"
    assert not (tmp_path / "out" / "evil@1" / "two").is_symlink()


def test_a_link_that_stays_inside_is_the_users_own_business(registry: Registry, tmp_path: Path) -> None:
    target = tmp_path / "out" / "evil@1" / "real"
    target.mkdir(parents=True)
    (target.parent / "sub").symlink_to("real")
    registry.load("evil", output_dir=tmp_path / "out")
    assert (target / "one").read_bytes() == b"from the store"


def test_the_directory_itself_may_be_a_link(registry: Registry, tmp_path: Path, outside: Path) -> None:
    (tmp_path / "alias").symlink_to(tmp_path / "out")
    loaded = registry.load("evil", output_dir=tmp_path / "alias")
    assert (loaded / "sub" / "one").read_bytes() == b"from the store"


@pytest.mark.parametrize("what", ["directory", "fifo", "file"])
def test_what_is_in_the_way_is_told_and_left(registry: Registry, tmp_path: Path, what: str) -> None:
    place = tmp_path / "out" / "evil@1"
    place.mkdir(parents=True)
    if what == "directory":
        (place / "two" / "inside").mkdir(parents=True)
    elif what == "fifo":
        os.mkfifo(place / "sub")
    else:
        (place / "sub").write_text("mine")
    with pytest.raises(InvalidInput, match="in the way"):
        registry.load("evil", output_dir=tmp_path / "out")
    assert (place / "sub").read_text() == "mine" if what == "file" else True
    assert not [path for path in files(place) if ".casreg" in path]


@pytest.mark.parametrize("path", ["x" * 300, "/".join(["x" * 100] * 40)])
def test_a_name_longer_than_the_disk_takes_is_told(registry: Registry, tmp_path: Path, path: str) -> None:
    forge(registry.backend, {path: b"x"})
    with pytest.raises(InvalidInput, match="too long a path"):
        registry.load("evil", output_dir=tmp_path / "out")
    assert not files(tmp_path / "out")


def test_names_that_would_be_words_of_a_shell_or_a_terminal_are_only_names(
    registry: Registry, tmp_path: Path
) -> None:
    odd = ["-rf", "~root", "$(reboot)", "a\nb", "\x1b[2J", "\u202egnp.exe", "...", " ", "%2e%2e", "con"]
    forge(registry.backend, {name: name.encode() for name in odd})
    loaded = registry.load("evil", output_dir=tmp_path / "out")
    assert {path.name: path.read_bytes() for path in loaded.iterdir()} == {n: n.encode() for n in odd}


@pytest.mark.parametrize("way", ["output_dir", "cache", "checkout"])
@pytest.mark.parametrize("size", [100, 9 << 20])
def test_what_fails_at_its_last_chunk_leaves_nothing_that_looks_whole(
    registry: Registry, tmp_path: Path, way: str, size: int
) -> None:
    good, bad = Chunk(bytes(size)), Chunk(b"bad", id=bytes(32), codec=1, plain=10)
    forge(registry.backend, {"one": [good, bad], "two": [good, bad, good]})
    before = files(tmp_path)
    ways = {
        "output_dir": lambda: registry.load("evil", output_dir=tmp_path / "out"),
        "cache": lambda: registry.load("evil"),
        "checkout": lambda: registry.checkout("evil", tmp_path / "mine"),
    }
    with pytest.raises(Corrupt):
        ways[way]()
    left = {path for path in files(tmp_path) - before if not path.startswith("cache/making/")}
    assert left == set()
    assert not (tmp_path / "mine").exists()


def test_a_damaged_seal_in_the_cache_is_not_believed(registry: Registry, tmp_path: Path) -> None:
    loaded = registry.load("evil")
    seal = loaded.parent / "seal.json"
    for text in ("", "[]", "null", '{"size":"x","boot":1}', "[" * 100_000, '{"size":[]}', "\ud800"):
        seal.parent.chmod(0o755)
        seal.write_bytes(text.encode("utf-8", "surrogatepass"))
        with Registry(registry.backend, cache_dir=tmp_path / "cache", cache_bytes=1) as other:
            assert (other.load("evil") / "two").read_bytes() == PARTS["two"]


def test_refs_of_the_last_generation_there_is_cannot_be_moved_on(registry: Registry) -> None:
    key = next(entry.key for entry in registry.backend.scan("refs/evil/"))
    registry.backend.write("refs/evil/r8~,a000000000000000000", [registry.backend.read(key)])
    with pytest.raises(CasregError, match="beyond the last number"):
        registry.delete("evil", "1")
    assert registry.list_versions("evil") == ["1"]
