"""Files, directories and streams."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from casreg import AlreadyExists, Conflict, Corrupt, Denied, InvalidInput, NotFound, Registry

Noise = Callable[..., bytes]


def tree_of(root: Path) -> dict[str, tuple[bytes, bool] | None]:
    """Everything below a directory: content and executable bit of files, None for empty directories."""
    found: dict[str, tuple[bytes, bool] | None] = {}
    for path in sorted(root.rglob("*")):
        relative = str(path.relative_to(root))
        if path.is_dir():
            if not any(path.iterdir()):
                found[relative] = None
        else:
            found[relative] = (path.read_bytes(), bool(path.stat().st_mode & 0o111))
    return found


@pytest.fixture
def directory(tmp_path: Path, noise: Noise) -> Path:
    root = tmp_path / "model"
    (root / "a" / "empty").mkdir(parents=True)
    (root / "config.json").write_text("{}")
    (root / "a" / "weights.bin").write_bytes(noise(3_000_000))
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "zero").touch()
    (root / "ünïcode name").write_text("x")
    return root


def test_a_directory_comes_back(registry: Registry, directory: Path, tmp_path: Path) -> None:
    registry.save("d", directory)
    loaded = registry.load("d")
    assert tree_of(loaded) == tree_of(directory)
    assert registry.checkout("d", tmp_path / "out") == tmp_path / "out"
    assert tree_of(tmp_path / "out") == tree_of(directory)


def test_a_loaded_path_is_read_only_shared_and_stays(registry: Registry, directory: Path) -> None:
    registry.save("d", directory)
    first, second = registry.load("d"), registry.load("d")
    assert first == second
    assert not any(p.stat().st_mode & 0o222 for p in first.rglob("*"))
    assert not first.stat().st_mode & 0o222


def test_a_cached_path_that_was_tampered_with_is_made_anew(registry: Registry, directory: Path) -> None:
    registry.save("d", directory)
    loaded = registry.load("d")
    file = loaded / "config.json"
    file.chmod(0o644)
    file.write_text("tampered")
    assert (registry.load("d") / "config.json").read_text() == "{}"


def test_the_cache_is_bounded_and_never_takes_what_is_in_use(tmp_path: Path, noise: Noise) -> None:
    file = tmp_path / "f"
    options = {"cache_dir": tmp_path / "cache", "cache_bytes": 150_000}
    with Registry("memory://bounded", version_objects=True, **options) as registry:
        for seed in range(3):
            file.write_bytes(noise(100_000, seed))
            registry.save("f", file)
        held = [registry.load("f", str(v)) for v in (1, 2, 3)]
        assert all(path.exists() for path in held)
    with Registry("memory://bounded", **options) as registry:
        registry.load("f", only=None)
        file.write_bytes(noise(100_000, 9))
        registry.save("f", file)
        last = registry.load("f", "4")
        assert [path.exists() for path in held] == [False, False, True]
        assert last.exists()


def test_output_dir_gets_writable_files_where_mindtrace_users_expect_them(
    registry: Registry, directory: Path, tmp_path: Path
) -> None:
    registry.save("d", directory)
    registry.save("f", directory / "config.json")
    out = tmp_path / "out"
    assert registry.load("d", output_dir=out) == out / "d@1"
    assert registry.load("f", output_dir=out) == out / "f@1" / "config.json"
    assert tree_of(out / "d@1") == tree_of(directory)
    (out / "d@1" / "config.json").write_text("mine")
    (out / "d@1" / "notes").write_text("mine too")
    registry.load("d", output_dir=out)
    assert (out / "d@1" / "config.json").read_text() == "{}"
    assert (out / "d@1" / "notes").read_text() == "mine too"


def test_a_directory_below_output_dir_that_was_not_there_appears_whole_or_not_at_all(
    tmp_path: Path, directory: Path
) -> None:
    registry = Registry(tmp_path / "store", version_objects=True)
    registry.save("d", directory)
    largest = max((tmp_path / "store" / "blobs").rglob("*"), key=lambda path: path.stat().st_size)
    stored = largest.read_bytes()
    largest.write_bytes(bytes(len(stored)))
    with pytest.raises(Corrupt):
        registry.load("d", output_dir=tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
    largest.write_bytes(stored)
    assert tree_of(registry.load("d", output_dir=tmp_path / "out")) == tree_of(directory)


def test_files_that_appear_below_output_dir_while_it_is_loaded_stay(
    registry: Registry, directory: Path, tmp_path: Path
) -> None:
    registry.save("d", directory)
    mine = tmp_path / "out" / "d@1" / "mine"

    def meanwhile(done: int, total: int | None) -> None:
        mine.parent.mkdir(exist_ok=True)
        mine.touch()

    loaded = registry.load("d", output_dir=tmp_path / "out", progress=meanwhile)
    assert set(tree_of(loaded)) == {*tree_of(directory), "mine"}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["d@1"]


def test_checkout_refuses_a_directory_that_holds_something(
    registry: Registry, directory: Path, tmp_path: Path
) -> None:
    registry.save("d", directory)
    with pytest.raises(AlreadyExists, match="not empty"):
        registry.checkout("d", directory)
    (tmp_path / "file").touch()
    with pytest.raises(AlreadyExists, match="is a file"):
        registry.checkout("d", tmp_path / "file")


def test_only_takes_matching_paths(registry: Registry, directory: Path) -> None:
    registry.save("d", directory)
    assert set(tree_of(registry.load("d", only="a/*"))) == {"a/empty", "a/weights.bin"}
    assert set(tree_of(registry.load("d", only=["*.json", "run*"]))) == {"config.json", "run.sh"}
    with pytest.raises(NotFound, match="nothing in d@1 matches nothing"):
        registry.load("d", only="nothing")


def test_links_are_stored_as_what_they_lead_to_or_refused(
    registry: Registry, directory: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("from outside")
    (directory / "link").symlink_to(outside)
    (directory / "inner").symlink_to("config.json")
    (directory / "b").symlink_to(directory / "a")
    registry.save("d", directory)
    loaded = registry.load("d")
    assert not any(p.is_symlink() for p in loaded.rglob("*"))
    assert (loaded / "link").read_text() == "from outside"
    assert (loaded / "b" / "weights.bin").stat().st_size == 3_000_000
    with pytest.raises(InvalidInput, match="symbolic link"):
        registry.save("d", directory, init_params={"symlinks": "refuse"})
    with pytest.raises(InvalidInput, match="one of follow, refuse"):
        registry.save("d", directory, init_params={"symlinks": "maybe"})


def test_what_is_no_file_is_refused_by_name(registry: Registry, tmp_path: Path) -> None:
    cases = {}
    for name in ("loop", "dangling", "fifo", "backslash"):
        cases[name] = tmp_path / name
        cases[name].mkdir()
    (cases["loop"] / "again").symlink_to(cases["loop"])
    (cases["dangling"] / "nowhere").symlink_to(tmp_path / "absent")
    os.mkfifo(cases["fifo"] / "pipe")
    (cases["backslash"] / "a\\b").touch()
    for name, words in {
        "loop": "contains it",
        "dangling": "link to nothing",
        "fifo": "neither a file",
        "backslash": "backslash",
    }.items():
        with pytest.raises(InvalidInput, match=words):
            registry.save("d", cases[name])
    for error in (NotFound, FileNotFoundError):
        with pytest.raises(error, match="no file or directory"):
            registry.save("d", tmp_path / "absent")
    assert registry.save(["d"], tmp_path / "absent").errors["d", "pending"]["error"] == "PathNotFound"
    assert registry.list_objects() == []


def test_a_name_that_is_not_utf8_is_refused(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (Path(os.fsdecode(bytes(tmp_path / "d") + b"/\xff"))).touch()
    with pytest.raises(InvalidInput, match="UTF-8"):
        registry.save("d", tmp_path / "d")


class Meddling:
    """A progress that does something to a file once the save has begun to read."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act: Callable[[], object] | None = act

    def __call__(self, done: int, total: int | None) -> None:
        if self.act:
            self.act()
            self.act = None


@pytest.mark.parametrize("what", ["grown", "shrunk", "replaced", "touched", "gone"])
def test_a_file_that_changes_while_it_is_read_is_a_conflict(
    registry: Registry, tmp_path: Path, noise: Noise, what: str
) -> None:
    file = tmp_path / "f"
    file.write_bytes(noise(100 << 20))

    def meddle() -> None:
        if what == "grown":
            with file.open("ab") as f:
                f.write(b"more")
        elif what == "shrunk":
            os.truncate(file, 60 << 20)
        elif what == "replaced":
            (tmp_path / "g").write_bytes(b"other")
            (tmp_path / "g").rename(file)
        elif what == "touched":
            os.utime(file, ns=(1, 1))
        else:
            file.unlink()

    with pytest.raises(Conflict, match=r"f (changed|vanished) while it was read"):
        registry.save("f", file, progress=Meddling(meddle))
    assert registry.list_objects() == []


def test_a_stream_is_saved_from_where_it_stands(registry: Registry, noise: Noise) -> None:
    data = noise(5_000_000)
    stream = io.BytesIO(data)
    stream.seek(1000)
    registry.save("s", stream)
    assert registry.load("s") == data[1000:]

    class ReadOnlyRead:
        def __init__(self) -> None:
            self.inner = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def read(self, size: int) -> bytes:
            return self.inner.read(min(size, 777_777))

    registry.save("s", ReadOnlyRead())
    assert registry.load("s") == data
    with pytest.raises(InvalidInput, match="binary"):
        registry.save("s", io.StringIO("text"))


def test_the_same_bytes_have_the_same_content_however_they_come(
    registry: Registry, tmp_path: Path, noise: Noise
) -> None:
    data = noise(4_000_000)
    (tmp_path / "data").write_bytes(data)
    kinds = [
        registry.save("a", data),
        registry.save("b", io.BytesIO(data)),
        registry.save("c", tmp_path / "data"),
    ]
    assert len({saved.content for saved in kinds}) == 1
    assert len({saved.digest for saved in kinds}) == 3


def test_an_unreadable_file_is_denied(tmp_path: Path) -> None:
    import subprocess
    import sys

    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0)
    tmp_path.chmod(0o755)
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom casreg import Registry, Denied\n"
        "r = Registry('memory://')\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"
        "try: r.save('f', Path(sys.argv[1]))\n"
        "except Denied as e: print('denied', e.kind)"
    )
    for folder in tmp_path.parents:
        if folder.stat().st_uid == os.getuid() and folder != folder.parent and "pytest" in str(folder):
            folder.chmod(0o755)
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "secret")], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == f"denied {Denied.kind}"
