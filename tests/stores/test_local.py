"""The local store: the suite three times over, and what only a disk can do."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from casreg.errors import (
    BlobNotFound,
    CasregError,
    Corrupt,
    Denied,
    InvalidInput,
    NoSpace,
    ReadOnly,
    StoreNotFound,
    Unavailable,
    Uncertain,
    Unsupported,
)
from casreg.stores.local import LocalStore
from casreg.stores.probe import probe
from casreg.testing import StoreSuite

LINUX = sys.platform == "linux"


class TestLocalStore(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path)


class TestWithoutFlushing(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path, durability="none")


class TestWithNamedTemporaries(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path, durability="none", _anonymous=False)


@pytest.fixture(params=[True, False], ids=["anonymous", "named"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> LocalStore:
    root = tmp_path / "store"
    root.mkdir()
    return LocalStore(root, _anonymous=request.param)


def files(root: Path) -> list[str]:
    """Every file below ``root``, temporaries included."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def keys(store: LocalStore, prefix: str = "") -> list[str]:
    return [entry.key for entry in store.scan(prefix)]


def every_verb(store: LocalStore, key: str = "refs/a/1") -> dict[str, Callable[[], object]]:
    return {
        "read": lambda: store.read(key),
        "read_into": lambda: store.read_into(key, 0, [memoryview(bytearray(1))]),
        "stat": lambda: store.stat(key),
        "write": lambda: store.write(key, [b"x"]),
        "create": lambda: store.create(key, b"x"),
        "remove": lambda: store.remove(key),
        "scan": lambda: list(store.scan("")),
        "scan a folder": lambda: list(store.scan("refs/a/")),
    }


def script(source: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process that has the imports of this one."""
    return subprocess.Popen(
        [sys.executable, "-c", source, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


VERBS = ("read", "read_into", "stat", "write", "create", "remove", "scan", "scan a folder")

# opening


def test_opening_writes_nothing(tmp_path: Path) -> None:
    LocalStore(tmp_path)
    LocalStore.open(tmp_path, create=True)
    assert os.listdir(tmp_path) == []


def test_a_missing_directory_is_made_only_when_asked(tmp_path: Path) -> None:
    root = tmp_path / "a" / "b" / "store"
    attempts: list[Callable[[], object]] = [lambda: LocalStore(root), lambda: LocalStore.open(root)]
    for attempt in attempts:
        with pytest.raises(StoreNotFound, match="there is no directory"):
            attempt()
    assert os.listdir(tmp_path) == []
    store = LocalStore.open(root, create=True)
    assert store.url == str(root)
    assert store.create("a", b"x")
    assert LocalStore.open(root, create=True).read("a") == b"x"


@pytest.mark.parametrize("create", [True, False])
def test_a_file_is_not_a_store(tmp_path: Path, create: bool) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"mine")
    for root in (file, file / "below"):
        with pytest.raises(InvalidInput, match="ot a directory"):
            LocalStore.open(root, create)
    assert file.read_bytes() == b"mine"


def test_an_unknown_durability_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="'fsync' or 'none'"):
        LocalStore(tmp_path, durability="perhaps")


def test_a_change_of_the_working_directory_does_not_move_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "store").mkdir()
    monkeypatch.chdir(tmp_path)
    store = LocalStore(Path("store"))
    monkeypatch.chdir("/")
    store.create("a", b"x")
    assert (tmp_path / "store" / "a").read_bytes() == b"x"


# what is on the disk


def test_an_object_is_the_file_named_by_its_key(store: LocalStore) -> None:
    store.create("refs/det%2fyolo/r8~,r8", b"ref")
    store.write("blobs/sha256/00", [b"bl", b"ob"])
    store.write("blobs/sha256/00", [b"blob"])
    assert files(store.root) == ["blobs/sha256/00", "refs/det%2fyolo/r8~,r8"]
    assert (store.root / "blobs/sha256/00").read_bytes() == b"blob"


def test_temporaries_are_no_objects(store: LocalStore) -> None:
    (store.root / "tmp").mkdir()
    (store.root / "tmp" / "half").write_bytes(b"half")
    store.create("tmpx", b"x")
    store.create("a/tmp/x", b"x")
    assert keys(store) == ["a/tmp/x", "tmpx"]
    assert keys(store, "tmp/") == keys(store, "tmp/ha") == []
    assert keys(store, "tmp") == ["tmpx"]
    for verb, call in every_verb(store, "tmp/half").items():
        if not verb.startswith("scan"):
            with pytest.raises(InvalidInput):
                call()


def test_what_is_no_object_of_ours_is_left_out_of_listings(store: LocalStore) -> None:
    store.create("refs/a", b"x")
    folder = store.root / "refs"
    for name in (
        b"\xff\xfe",
        "gr\u00f6\u00dfe".encode(),
        b"new\nline",
        b".nfs000000000012ab3400000001",
        b"bell\a",
    ):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x")
    (folder / "f\u00f6lder").mkdir()
    (folder / "f\u00f6lder" / "file").write_bytes(b"x")
    os.mkfifo(folder / "fifo")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "empty").mkdir()
    assert keys(store) == keys(store, "refs/") == ["refs/a"]


def test_linked_objects_and_folders_are_read(store: LocalStore, tmp_path: Path) -> None:
    elsewhere = tmp_path / "bigger disk"
    elsewhere.mkdir()
    (elsewhere / "00").write_bytes(b"blob")
    (store.root / "blobs").symlink_to(elsewhere)
    (store.root / "alias").symlink_to(elsewhere / "00")
    assert store.read("blobs/00") == store.read("alias") == b"blob"
    assert [(entry.key, entry.size) for entry in store.scan("")] == [("alias", 4), ("blobs/00", 4)]
    store.create("blobs/01", b"x")
    assert (elsewhere / "01").read_bytes() == b"x"


def test_a_folder_is_not_an_object(store: LocalStore) -> None:
    store.create("refs/a/1", b"x")
    assert store.stat("refs/a") is None
    with pytest.raises(BlobNotFound):
        store.read("refs/a", 0, 0)
    for change in (
        lambda: store.create("refs/a", b"x"),
        lambda: store.write("refs/a", [b"x"]),
        lambda: store.create("refs/a/1/2", b"x"),
        lambda: store.write("refs/a/1/2", [b"x"]),
    ):
        with pytest.raises(InvalidInput):
            change()
    assert files(store.root) == ["refs/a/1"]


def test_a_name_too_long_for_the_disk_is_invalid(store: LocalStore) -> None:
    key = "refs/" + "n" * 300
    for call in (lambda: store.create(key, b""), lambda: store.write(key, [b""]), lambda: store.read(key)):
        with pytest.raises(InvalidInput, match="too long"):
            call()
    assert files(store.root) == []


def test_a_shortened_file_is_corrupt_not_short(store: LocalStore) -> None:
    store.write("blobs/a", [b"0123456789"])
    os.truncate(store.root / "blobs" / "a", 4)
    with pytest.raises(Corrupt, match="ends at byte 4, where 3 more"):
        store.read_into("blobs/a", 2, [memoryview(bytearray(5))])


@pytest.mark.skipif(not LINUX, reason="counts descriptors in /proc")
def test_no_descriptor_outlives_its_call(store: LocalStore) -> None:
    store.create("refs/a/0", b"x")
    before = sorted(os.listdir("/proc/self/fd"))
    for key in ("refs/a/1", "refs/b/1", "refs/a", "refs/a/1/2"):
        for call in every_verb(store, key).values():
            try:
                call()
            except CasregError:
                continue
    next(iter(store.scan("refs/")))
    assert sorted(os.listdir("/proc/self/fd")) == before


# many processes

CREATOR = """
import sys
from pathlib import Path
from casreg.stores.local import LocalStore
store = LocalStore(Path(sys.argv[1]), durability="none", _anonymous=sys.argv[3] == "True")
print("ready", flush=True)
sys.stdin.readline()
for number in range(150):
    key = f"refs/{number // 50}/{number:03}"
    if store.create(key, f"{sys.argv[2]} {key}".encode()):
        print(key)
"""


@pytest.mark.parametrize("anonymous", [True, False])
def test_of_many_processes_exactly_one_creates_each_key(tmp_path: Path, anonymous: bool) -> None:
    processes = [script(CREATOR, tmp_path, number, anonymous) for number in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    won = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    store = LocalStore(tmp_path)
    assert sorted(chain.from_iterable(won)) == keys(store)
    assert len(keys(store)) == 150
    for number, created in enumerate(won):
        for key in created:
            assert store.read(key) == f"{number} {key}".encode()
    assert len(files(tmp_path)) == 150


KILLED = """
import os, signal, sys
from pathlib import Path
from casreg.stores.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
os.fsync = lambda fd: os.fstat(fd).st_size != 1 << 20 or os.kill(os.getpid(), signal.SIGKILL)
store.write("blobs/a", [bytes(1 << 20)])
"""


@pytest.mark.skipif(not LINUX, reason="needs O_TMPFILE")
def test_a_writer_killed_while_it_writes_leaves_nothing(tmp_path: Path) -> None:
    process = script(KILLED, tmp_path)
    process.communicate()
    assert process.returncode == -9
    assert files(tmp_path) == []


# the order of things, watched at the operating system's door


def watch(monkeypatch: pytest.MonkeyPatch, root: Path) -> list[str]:
    events: list[str] = []
    fsync, link, rename = os.fsync, os.link, os.rename

    def where(fd: int) -> str:
        return os.path.relpath(os.readlink(f"/proc/self/fd/{fd}"), root)

    def watched_fsync(fd: int) -> None:
        events.append(f"flush {where(fd)}" if stat.S_ISDIR(os.fstat(fd).st_mode) else "flush file")
        fsync(fd)

    def watched_link(source: Any, target: Any, **options: Any) -> None:
        link(source, target, **options)
        events.append("link")

    def watched_rename(source: Any, target: Any, **options: Any) -> None:
        rename(source, target, **options)
        events.append("rename")

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "link", watched_link)
    monkeypatch.setattr(os, "rename", watched_rename)
    return events


@pytest.mark.skipif(not LINUX, reason="names descriptors by /proc")
def test_bytes_are_flushed_before_they_get_a_name_and_the_name_before_success(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = watch(monkeypatch, store.root)
    store.create("refs/a/1", b"x")
    assert events == ["flush .", "flush refs", "flush file", "link", "flush refs/a"]
    events.clear()
    store.create("refs/a/2", b"x")
    assert events == ["flush file", "link", "flush refs/a"]
    events.clear()
    store.create("refs/a/2", b"x")
    assert events == ["flush file", "flush refs/a"]
    events.clear()
    store.write("refs/a/2", [b"y"])
    assert events in (
        ["flush file", "link", "rename", "flush refs/a"],
        ["flush file", "rename", "flush refs/a"],
    )
    events.clear()
    store.remove("refs/a/2")
    assert events == ["flush refs/a"]


@pytest.mark.skipif(not LINUX, reason="names descriptors by /proc")
def test_folders_that_another_process_made_are_flushed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "refs" / "a").mkdir(parents=True)
    events = watch(monkeypatch, tmp_path)
    LocalStore(tmp_path).create("refs/a/1", b"x")
    assert events[:2] == ["flush .", "flush refs"]


def test_durability_none_flushes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda fd: pytest.fail("fsync was called"))
    store = LocalStore.open(tmp_path / "new" / "store", create=True, durability="none")
    store.create("a/b/c", b"x")
    store.write("a/b/c", [b"y"])
    store.remove("a/b/c")


def test_a_folder_that_cannot_be_flushed_leaves_create_uncertain(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create("refs/a", b"x")
    fsync = os.fsync

    def failing(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(Uncertain, match="refs/b was put into"):
        store.create("refs/b", b"x")
    with pytest.raises(Unavailable, match="Input/output error while writing refs/a"):
        # Somebody else's: that is certain, that it lasts is not.
        store.create("refs/a", b"y")
    with pytest.raises(Unavailable, match="Input/output error while writing refs/c"):
        store.write("refs/c", [b"x"])
    monkeypatch.undo()
    assert store.read("refs/b") == b"x"


def test_a_file_that_cannot_be_flushed_gets_no_name(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create("refs/a", b"x")

    def failing(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", failing)
    for change in (lambda: store.create("refs/b", b"x"), lambda: store.write("refs/a", [b"y"])):
        with pytest.raises(Unavailable):
            change()
    assert files(store.root) == ["refs/a"]
    assert store.read("refs/a") == b"x"


# link(2) as file systems answer it


def answer_links(
    monkeypatch: pytest.MonkeyPatch, number: int, *, made: bool = False, proc_only: bool = False
) -> None:
    """Let link(2) fail with ``number``, after it was done if ``made``."""
    link = os.link

    def failing(source: Any, target: Any, **options: Any) -> None:
        refused = not proc_only or source.startswith("/proc/")
        if made or not refused:
            link(source, target, **options)
        if refused:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", failing)


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV, errno.ENOSYS])
def test_a_file_system_without_hard_links_is_unsupported(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    answer_links(monkeypatch, number)
    with pytest.raises(Unsupported, match="without hard links") as raised:
        store.create("refs/a", b"x")
    assert str(store.root) in str(raised.value)
    with pytest.raises(Unsupported, match="without hard links"):
        probe(store)
    assert files(store.root) == []
    # What is written unconditionally needs no link.
    store.write("refs/a", [b"x"])
    store.write("refs/a", [b"y"])
    assert store.read("refs/a") == b"y"
    assert files(store.root) == ["refs/a"]


def test_a_link_that_was_made_and_then_refused_as_existing_is_ours(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_links(monkeypatch, errno.EEXIST, made=True)
    assert store.create("refs/a", b"x") is True
    monkeypatch.undo()
    assert store.create("refs/a", b"y") is False
    assert store.read("refs/a") == b"x"


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT])
@pytest.mark.parametrize("made", [True, False])
def test_a_lost_answer_to_a_link_is_uncertain(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, number: int, made: bool
) -> None:
    answer_links(monkeypatch, number, made=made)
    with pytest.raises(Uncertain, match="no answer whether refs/a"):
        store.create("refs/a", b"x")
    monkeypatch.undo()
    assert (store.stat("refs/a") is not None) is made


@pytest.mark.skipif(not LINUX, reason="needs O_TMPFILE")
@pytest.mark.parametrize("lacking", ["O_TMPFILE", "/proc"])
def test_without_o_tmpfile_or_proc_named_temporaries_are_used_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    tried: list[int] = []
    opened = os.open

    def watched(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            tried.append(flags)
            if lacking == "O_TMPFILE":
                raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return opened(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", watched)
    if lacking == "/proc":
        answer_links(monkeypatch, errno.ENOENT, proc_only=True)
    store = LocalStore(tmp_path)
    assert store.create("refs/a", b"x")
    assert not store.create("refs/a", b"y")
    store.write("refs/b", [b"x"])
    store.write("refs/b", [b"y"])
    assert (store.read("refs/a"), store.read("refs/b")) == (b"x", b"y")
    assert files(tmp_path) == ["refs/a", "refs/b"]
    assert len(tried) == 1


def test_leftovers_of_crashed_writers_are_taken_away_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    for name, days in (("old", 9), ("young", 6)):
        (tmp_path / "tmp" / name).write_bytes(b"half")
        at = os.stat(tmp_path).st_mtime - days * 86400
        os.utime(tmp_path / "tmp" / name, (at, at))
    LocalStore(tmp_path, _anonymous=False).create("a", b"x")
    assert files(tmp_path) == ["a", "tmp/young"]


def test_an_overwriting_that_fails_leaves_the_old_object_and_no_temporary(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("blobs/a", [b"old"])

    def failing(*_: Any, **options: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(Unavailable):
        store.write("blobs/a", [b"new"])
    assert files(store.root) == ["blobs/a"]
    assert store.read("blobs/a") == b"old"


def test_reads_and_writes_that_stop_short_are_continued(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    pread, preadv, writev = os.pread, os.preadv, os.writev

    def short(buffers: list[memoryview]) -> list[memoryview]:
        return [buffers[0], buffers[1][:1]] if len(buffers) > 1 else [buffers[0][:3]]

    monkeypatch.setattr(os, "pread", lambda fd, size, at: pread(fd, min(size, 3), at))
    monkeypatch.setattr(os, "preadv", lambda fd, buffers, at: preadv(fd, short(buffers), at))
    monkeypatch.setattr(os, "writev", lambda fd, buffers: writev(fd, short(buffers)))
    store.write("a", [b"01", b"", b"234567", b"89ab", b"cdefghij"])
    assert store.read("a") == b"0123456789abcdefghij"
    assert store.read("a", 4, 12) == b"456789ab"
    target = memoryview(bytearray(18))
    store.read_into("a", 1, [target[:1], target[1:8], target[8:10], target[10:]])
    assert target.tobytes() == b"123456789abcdefghi"


# a directory that is not there any more


@pytest.mark.parametrize("verb", VERBS)
def test_a_vanished_directory_is_unavailable_and_stays_away(store: LocalStore, verb: str) -> None:
    store.create("refs/a/1", b"x")
    shutil.rmtree(store.root)
    with pytest.raises(Unavailable, match="the directory of the store is gone") as raised:
        every_verb(store)[verb]()
    assert str(store.root) in str(raised.value)
    assert not store.root.exists()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("by", ["directory", "file"])
def test_a_replaced_directory_is_unavailable_and_untouched(store: LocalStore, verb: str, by: str) -> None:
    store.create("refs/a/1", b"x")
    store.root.rename(store.root.with_name("moved"))
    if by == "directory":
        store.root.mkdir()
    else:
        store.root.write_bytes(b"")
    with pytest.raises(Unavailable, match="the directory of the store is"):
        every_verb(store)[verb]()
    assert files(store.root) == []
    assert files(store.root.with_name("moved")) == ["refs/a/1"]


def test_a_directory_that_comes_back_is_the_store_again(store: LocalStore) -> None:
    store.create("refs/a", b"x")
    store.root.rename(store.root.with_name("away"))
    with pytest.raises(Unavailable):
        store.read("refs/a")
    store.root.with_name("away").rename(store.root)
    assert store.read("refs/a") == b"x"


def test_a_listing_whose_directory_vanishes_does_not_just_end(store: LocalStore) -> None:
    for number in range(5):
        store.create(f"refs/{number}", b"x")
    listing = store.scan("refs/")
    next(listing)
    shutil.rmtree(store.root)
    with pytest.raises(Unavailable, match="gone"):
        list(listing)


# rights

AS_NOBODY = """
import os, sys
from pathlib import Path
from casreg.errors import CasregError
from casreg.stores.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
def attempt(call):
    try:
        print(call())
    except CasregError as error:
        print(error.kind)
attempt(lambda: store.read("refs/a"))
attempt(lambda: [entry.key for entry in LocalStore(Path(sys.argv[1])).scan("")])
attempt(lambda: store.create("refs/b", b"x"))
attempt(lambda: store.create("refs/a", b"x"))
attempt(lambda: store.create("new/a", b"x"))
attempt(lambda: store.write("refs/a", [b"x"]))
attempt(lambda: store.remove("refs/a"))
attempt(lambda: store.read("refs/secret"))
attempt(lambda: store.read("locked/a"))
attempt(lambda: store.stat("locked/a"))
attempt(lambda: list(store.scan("locked/")))
"""


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that other users reach, unlike ``tmp_path``."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def test_missing_rights_are_denied_and_leave_nothing(public: Path) -> None:
    store = LocalStore(public)
    for key in ("refs/a", "refs/secret", "locked/a"):
        store.create(key, b"mine")
    before = files(public)
    modes = {public / "refs" / "a": 0o444, public / "refs" / "secret": 0, public / "locked": 0}
    modes |= {public / "refs": 0o555, public: 0o555}
    for path, mode in modes.items():
        path.chmod(mode)
    try:
        answers = script(AS_NOBODY, public).communicate()[0].splitlines()
    finally:
        for path in reversed(modes):
            path.chmod(0o755)
    assert answers[0] == "b'mine'"
    # A folder that may not be read must not look empty.
    assert answers[1:] == ["denied"] * 10
    assert files(public) == before


@pytest.mark.skipif(shutil.which("chattr") is None, reason="needs chattr")
def test_an_immutable_folder_is_a_matter_of_rights_not_of_links(store: LocalStore) -> None:
    store.create("refs/a", b"x")
    folder = str(store.root / "refs")
    if subprocess.run(["chattr", "+i", folder], check=False, capture_output=True).returncode:
        pytest.skip("chattr does not work here")
    try:
        for change in (lambda: store.create("refs/b", b"x"), lambda: store.write("refs/a", [b"y"])):
            with pytest.raises(Denied):
                change()
        with pytest.raises(Denied):
            store.remove("refs/a")
    finally:
        subprocess.run(["chattr", "-i", folder], check=True)
    assert files(store.root) == ["refs/a"]


# disks that are full, or cannot be written


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mounted)]
    if not LINUX or os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a tmpfs here")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


@pytest.mark.parametrize("anonymous", [True, False])
def test_a_full_disk_is_no_space_and_keeps_what_was_there(small: Path, anonymous: bool) -> None:
    store = LocalStore(small, _anonymous=anonymous)
    store.write("blobs/a", [b"old"])
    for change in (
        lambda: store.write("blobs/a", [bytes(1 << 20)] * 2),
        lambda: store.write("blobs/b", [bytes(1 << 20)] * 2),
        lambda: store.create("blobs/c", bytes(2 << 20)),
    ):
        with pytest.raises(NoSpace, match="No space left on device while writing blobs/"):
            change()
    assert files(small) == ["blobs/a"]
    assert store.read("blobs/a") == b"old"
    # The space of the failed writes is free again.
    store.write("blobs/b", [bytes(900 << 10)])


def test_a_read_only_disk_is_read_and_refuses_changes(small: Path) -> None:
    LocalStore(small).create("refs/a", b"x")
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    store = LocalStore.open(small, create=True)
    assert (store.read("refs/a"), keys(store)) == (b"x", ["refs/a"])
    for change in (
        lambda: store.create("refs/b", b"x"),
        lambda: store.create("new/b", b"x"),
        lambda: store.write("refs/a", [b"y"]),
        lambda: store.remove("refs/a"),
    ):
        with pytest.raises(ReadOnly):
            change()


def test_an_unmounted_disk_is_unavailable(small: Path) -> None:
    disk = small / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    try:
        store = LocalStore(disk)
        store.create("refs/a", b"x")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    for verb in every_verb(store).values():
        with pytest.raises(Unavailable):
            verb()
    assert os.listdir(disk) == []


LIMITED = """
import resource, sys
from pathlib import Path
from casreg.errors import NoSpace
from casreg.stores.local import LocalStore
store = LocalStore(Path(sys.argv[1]), _anonymous=sys.argv[2] == "True")
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
half = bytes(1 << 15)
for change in (lambda: store.write("blobs/a", [half] * 9), lambda: store.create("blobs/b", half * 9)):
    try:
        change()
    except NoSpace:
        print("no space")
"""


@pytest.mark.parametrize("anonymous", [True, False])
def test_a_file_that_stops_growing_half_way_leaves_nothing(tmp_path: Path, anonymous: bool) -> None:
    assert script(LIMITED, tmp_path, anonymous).communicate()[0].splitlines() == ["no space"] * 2
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EDQUOT, NoSpace),
        (errno.EACCES, Denied),
        (errno.EROFS, ReadOnly),
        (errno.EIO, Unavailable),
        (errno.ESTALE, Unavailable),
        (errno.EMFILE, Unavailable),
        (errno.ETIMEDOUT, Unavailable),
        (errno.EBADMSG, Corrupt),
    ],
)
def test_what_a_disk_says_becomes_ours(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[CasregError]
) -> None:
    store.create("refs/a", b"x")

    def failing(*arguments: Any) -> Any:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "pread", failing)
    monkeypatch.setattr(os, "preadv", failing)
    monkeypatch.setattr(os, "writev", failing)
    for call in (
        lambda: store.read("refs/a"),
        lambda: store.read_into("refs/a", 0, [memoryview(bytearray(1))]),
        lambda: store.write("refs/a", [b"y"]),
        lambda: store.create("refs/b", b"y"),
    ):
        with pytest.raises(kind) as raised:
            call()
        assert type(raised.value) is kind
        assert (raised.value.store, raised.value.key[:5]) == (str(store.root), "refs/")
    monkeypatch.undo()
    assert files(store.root) == ["refs/a"]
    assert store.read("refs/a") == b"x"
