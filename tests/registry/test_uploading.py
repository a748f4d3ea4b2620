"""Bytes that a client puts beside a store by itself, and that are committed then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from casreg import (
    InvalidInput,
    ReadOnly,
    Registry,
    RegistryVersionConflict,
    Unsupported,
    VersionNotFound,
)
from casreg.errors import BlobNotFound


def uploaded(registry: Registry, data: bytes, upload_id: str = "u1") -> dict[str, Any]:
    target = registry.create_direct_upload_target(upload_id)
    Path(target["upload_path"]).write_bytes(data)
    staged: dict[str, Any] = target["staged_target"]
    return staged


def test_what_was_uploaded_is_saved_as_bytes_and_taken_away(on_disk: Registry) -> None:
    staged = uploaded(on_disk, b"payload" * 50_000)
    told = on_disk.inspect_direct_upload_target(staged)
    assert told == {"exists": True, "size_bytes": 350_000, "path": staged["path"]}
    assert on_disk.commit_direct_upload("in/box", staged_target=staged, metadata={"by": "client"}) == "1"
    assert on_disk.load("in/box") == b"payload" * 50_000
    info = on_disk.info("in/box", "1")
    assert (info["class"], info["metadata"]) == ("builtins.bytes", {"by": "client"})
    assert on_disk.inspect_direct_upload_target(staged)["exists"] is False
    saved = on_disk.save("other", b"payload" * 50_000)
    assert saved.content == info["hash"]
    assert [f for f in on_disk.fsck() if f.kind != "orphan"] == []


def test_a_target_before_anything_was_put_there(on_disk: Registry) -> None:
    target = on_disk.create_direct_upload_target("u1", content_type="image/png", expiration_minutes=5)
    assert (target["upload_method"], target["upload_url"], target["upload_headers"]) == (
        "local_path",
        None,
        {},
    )
    assert (target["content_type"], target["expiration_minutes"]) == ("image/png", 5)
    staged = target["staged_target"]
    assert on_disk.inspect_direct_upload_target(staged)["size_bytes"] is None
    with pytest.raises(BlobNotFound, match="nothing was uploaded"):
        on_disk.commit_direct_upload("a", staged_target=staged)
    assert on_disk.cleanup_direct_upload_target(staged) is True
    assert on_disk.create_direct_upload_target("u1")["staged_target"] == staged
    assert on_disk.create_direct_upload_target("u2")["staged_target"] != staged


def test_a_conflict_leaves_the_upload_where_it_is(on_disk: Registry) -> None:
    on_disk.save("a", b"first", version="1")
    staged = uploaded(on_disk, b"second")
    with pytest.raises(RegistryVersionConflict):
        on_disk.commit_direct_upload("a", staged_target=staged, version="1")
    with pytest.raises(InvalidInput, match="mutable"):
        on_disk.commit_direct_upload("a", staged_target=staged, version="1", on_conflict="overwrite")
    assert on_disk.commit_direct_upload("a", staged_target=staged) == "2"
    assert (on_disk.load("a@1"), on_disk.load("a@2")) == (b"first", b"second")


def test_an_upload_overwrites_in_a_mutable_store(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "s", version_objects=True, mutable=True)
    registry.save("a", b"first", version="1")
    registry.commit_direct_upload("a", staged_target=uploaded(registry, b"second"), version="1")
    assert registry.load("a@1") == b"second"


@pytest.mark.parametrize(
    "made_up",
    [
        {},
        {"kind": "local_file"},
        {"kind": "local_file", "path": "/etc/passwd"},
        {"kind": "local_file", "path": "{tmp}/../casreg.json"},
        {"kind": "local_file", "path": "{tmp}/casreg.json"},
        {"kind": "local_file", "path": "{tmp}/upload-1/../../casreg.json"},
        {"kind": "s3", "path": "{tmp}/upload-1"},
        None,
    ],
)
def test_a_target_that_nobody_made_is_refused_and_nothing_is_touched(on_disk: Registry, made_up: Any) -> None:
    path = on_disk.create_direct_upload_target("1")["upload_path"]
    config = Path(path).parent.parent / "casreg.json"
    before = config.read_bytes()
    if made_up and "path" in made_up:
        made_up = {**made_up, "path": made_up["path"].format(tmp=Path(path).parent)}
    for call in (on_disk.inspect_direct_upload_target, on_disk.cleanup_direct_upload_target):
        with pytest.raises(InvalidInput):
            call(made_up)
    with pytest.raises(InvalidInput):
        on_disk.commit_direct_upload("a", staged_target=made_up)
    assert config.read_bytes() == before
    assert "a" not in on_disk


def test_ids_of_every_sort_stay_in_their_place(on_disk: Registry) -> None:
    paths = {
        on_disk.create_direct_upload_target(i)["upload_path"] for i in ("../x", "a/b", "A", "a", "é", "..")
    }
    assert len(paths) == 6
    assert {os.path.dirname(path) for path in paths} == {str(on_disk.backend.root / "tmp")}  # type: ignore[attr-defined]
    with pytest.raises(InvalidInput, match="at most"):
        on_disk.create_direct_upload_target("x" * 300)


def test_a_link_is_no_upload(on_disk: Registry, tmp_path: Path) -> None:
    target = on_disk.create_direct_upload_target("u1")
    (tmp_path / "secret").write_bytes(b"secret")
    Path(target["upload_path"]).symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidInput, match="is no file"):
        on_disk.commit_direct_upload("a", staged_target=target["staged_target"])
    assert on_disk.cleanup_direct_upload_target(target["staged_target"])
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_stores_without_a_directory_and_readers_say_so(registry: Registry, on_disk: Registry) -> None:
    with pytest.raises(Unsupported, match="is no directory"):
        registry.create_direct_upload_target("u1")
    with (
        Registry(on_disk.backend.url, read_only=True, versions_cache_ttl=5) as reader,
        pytest.raises(ReadOnly),
    ):
        reader.create_direct_upload_target("u1")


def test_no_url_leads_to_a_version(on_disk: Registry) -> None:
    on_disk.save("a", b"1")
    assert on_disk.create_direct_download_url("a", filename="a.bin") is None
    assert on_disk.create_direct_download_url("a", "latest") is None
    with pytest.raises(VersionNotFound):
        on_disk.create_direct_download_url("a", "2")
    assert on_disk.create_direct_download_urls(["a", "b"], [None, "7"]) == [None, None]
    with pytest.raises(InvalidInput, match="2 names and 1 versions"):
        on_disk.create_direct_download_urls(["a", "b"], [None])
