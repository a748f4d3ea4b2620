"""Damage and malice in a store of mindtrace-registry: told of the version that has it, and no other fails."""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from casreg import Registry
from casreg.errors import CasregError, Corrupt, InvalidInput, NoSpace, NotFound, Unsafe, Unsupported
from casreg.mindtrace import Outcome, Status, archive, plan
from casreg.mindtrace.facts import parse


def outcomes(registry: Registry, store: Path) -> dict[str, Outcome]:
    return {outcome.item.reference: outcome for outcome in plan(store, registry).execute()}


def unhashed(store: Path, document: str) -> None:
    """Forget the hash of a version, as somebody would who changes its files on purpose."""
    path = store / document
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("hash:")))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a flipped bit": lambda store: flip(store / "str" / "1" / "data.json"),
    "a file gone": lambda store: (store / "str" / "1" / "data.json").unlink(),
    "a file more": lambda store: (store / "str" / "1" / "more").write_text("x"),
    "a directory gone": lambda store: (store / "str" / "1").rename(store / "elsewhere"),
    "no metadata": lambda store: (store / "_meta_str@1.yaml").write_text(""),
    "metadata of noise": lambda store: (store / "_meta_str@1.yaml").write_bytes(b"\xff{"),
    "a link": lambda store: os.symlink("/etc/hostname", store / "str" / "1" / "link"),
    "a pipe": lambda store: os.mkfifo(store / "str" / "1" / "pipe"),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_damage_is_told_and_fails_no_other(registry: Registry, old: Path, how: str) -> None:
    DAMAGE[how](old)
    found = outcomes(registry, old)
    damaged = [outcome for outcome in found.values() if outcome.status is Status.DAMAGED]
    assert len(damaged) == 1
    assert "str" in damaged[0].item.reference
    assert isinstance(damaged[0].error, Corrupt | Unsafe)
    assert not registry.has_object("str")
    assert registry.load("bytes") == b"\0\xff"


def test_a_version_that_leads_out_of_the_store_is_not_read(registry: Registry, old: Path) -> None:
    (old.parent / "outside").mkdir()
    (old.parent / "outside" / "data.json").write_text('"secret"')
    (old / "str" / "1").rename(old / "was")
    (old / "str" / "1").symlink_to(old.parent / "outside")
    unhashed(old, "_meta_str@1.yaml")
    assert outcomes(registry, old)["_meta_str@1.yaml"].status is Status.DAMAGED


@pytest.mark.parametrize("name", ["../notes.txt", "/etc/hostname", "", "..", "a/b"])
def test_a_file_is_read_under_a_plain_name_only(registry: Registry, old: Path, name: str) -> None:
    (old / "file" / "1" / "metadata.json").write_text(json.dumps({"name": name, "is_dir": False}))
    unhashed(old, "_meta_file@1.yaml")
    assert outcomes(registry, old)["file@1"].status is Status.DAMAGED


def test_an_array_of_more_than_its_bytes_is_damage(registry: Registry, old: Path) -> None:
    path = old / "array" / "1" / "data.npy"
    path.write_bytes(path.read_bytes().replace(b"(4,), }   ", b"(9999999,)}"[:10].ljust(10)))
    unhashed(old, "_meta_array@1.yaml")
    assert outcomes(registry, old)["array@1"].status is Status.DAMAGED


def test_what_is_no_store_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        plan(tmp_path / "absent", registry)
    with pytest.raises(InvalidInput, match="no store of mindtrace-registry"):
        plan(tmp_path, registry)


BOMB = b"class: a.b\nmaterializer: c.d\nmetadata:\n  a0: &a0 [x, x]\n" + b"".join(
    b"  a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)
)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"class: 3\nmaterializer: x",
        b"class: a.b\nmaterializer: !!python/name:os.system x",
        b"class: a.b\nmaterializer: c\nmetadata: &a {b: *a}",
        b"class: a.b\nmaterializer: c\nmetadata: {1: a, '1': b}",
        b"class: a.b\nmaterializer: c\nmetadata: &a {<<: *a}",
        b"class: a.b\nmaterializer: c\nmetadata: " + b"[" * 5000,
        b"class: a.b\nmaterializer: c\nmetadata: {d: 2024-99-99}",
        BOMB,
    ],
)
def test_metadata_that_are_none_are_corrupt(document: bytes) -> None:
    with pytest.raises(Corrupt):
        parse(document)


def test_what_json_cannot_carry_becomes_text() -> None:
    facts = parse(b"class: a.b\nmaterializer: c.d\nmetadata: {when: 2024-01-02, 3: .nan, lr: 0.1}\n")
    assert facts.metadata == {"when": "2024-01-02", "3": "nan", "lr": 0.1}
    assert sorted(facts.changed) == ["metadata", "metadata.3", "metadata.when"]


def tarred(target: Path, *members: tuple[str, bytes, bytes, str]) -> Path:
    """An archive of (name, type, data, link)."""
    with tarfile.open(target, "w:gz") as tar:
        for name, kind, data, link in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(data), link
            tar.addfile(info, io.BytesIO(data))
    return target


REG, SYM, LNK, DIR = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
ESCAPES: dict[str, tuple[tuple[tuple[str, bytes, bytes, str], ...], type[CasregError]]] = {
    "up": ((("../evil", REG, b"x", ""),), Unsafe),
    "absolute": ((("/tmp/evil", REG, b"x", ""),), Unsafe),
    "a directory up": ((("a/../../evil", DIR, b"", ""),), Unsafe),
    "a link out": ((("a", SYM, b"", "../../etc/passwd"),), Unsafe),
    "an absolute link": ((("a", SYM, b"", "/etc/passwd"),), Unsafe),
    "a hard link out": ((("a", LNK, b"", "../evil"),), Unsafe),
    "through a link": ((("d", SYM, b"", "."), ("d/a", REG, b"x", "")), Unsupported),
    "links in a ring": ((("a", SYM, b"", "b"), ("b", SYM, b"", "a")), Unsupported),
    "a link to nothing": ((("a", SYM, b"", "b"),), Unsupported),
    "a device": ((("a", tarfile.CHRTYPE, b"", ""),), Unsupported),
    "a file twice": ((("a", REG, b"x", ""), ("a", REG, b"y", "")), Corrupt),
}


@pytest.mark.parametrize("how", ESCAPES)
def test_nothing_of_an_archive_gets_out(tmp_path: Path, how: str) -> None:
    members, error = ESCAPES[how]
    target = tmp_path / "in" / "target"
    target.mkdir(parents=True)
    with pytest.raises(error):
        archive.extract(tarred(tmp_path / "a.tar.gz", *members), target)
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["target"]
    assert not [path for path in target.rglob("*") if path.is_symlink()]


def test_an_archive_takes_no_more_than_its_limit(tmp_path: Path) -> None:
    made = tarred(tmp_path / "a.tar.gz", ("a", REG, bytes(1000), ""), ("b", SYM, b"", "a"))
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    archive.extract(made, tmp_path / "one", limit=2000)
    with pytest.raises(NoSpace):
        archive.extract(made, tmp_path / "two", limit=1999)


def test_headers_that_never_end_are_corrupt(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 1 << 30
    made = tmp_path / "a.tar.gz"
    with gzip.open(made, "wb", compresslevel=1) as file:
        file.write(info.tobuf())
        file.write(bytes(4 << 20))
    with pytest.raises(Corrupt, match="headers"):
        archive.extract(made, tmp_path)


@pytest.mark.parametrize("cut", [0, 5, 40, 100])
def test_an_archive_that_is_cut_off_is_corrupt(tmp_path: Path, cut: int) -> None:
    made = tarred(tmp_path / "a.tar.gz", ("a", REG, os.urandom(2000), ""))
    made.write_bytes(made.read_bytes()[:cut])
    (tmp_path / "target").mkdir()
    with pytest.raises(Corrupt):
        archive.extract(made, tmp_path / "target")
