"""Heads, manifests, image indexes and refs that lie, every digest right."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attacking import attacked, refused

from casreg import CasregError, Corrupt, Registry, Unsupported, mediatypes
from casreg.models.base import MAX_DOCUMENT
from casreg.models.store import parse_config
from casreg.stores.memory import MemoryStore

Json = dict[str, Any]
DIGEST = "sha256:" + "ab" * 32


def setting(field: str, value: Any) -> Callable[[Json], None]:
    return lambda document: document.update({field: value})


def layer(number: int, **changed: Any) -> Callable[[Json], None]:
    return lambda manifest: manifest["layers"][number].update(changed)


def layers(change: Callable[[list[Json]], list[Json]]) -> Callable[[Json], None]:
    return lambda manifest: manifest.update(layers=change(manifest["layers"]))


MANIFESTS: dict[str, tuple[Callable[[Json], None], str]] = {
    "of another media type": (setting("mediaType", "application/vnd.docker.x"), "mediaType"),
    "that is an image index": (setting("mediaType", mediatypes.IMAGE_INDEX), "mediaType"),
    "of another schema": (setting("schemaVersion", 1), "schemaVersion"),
    "of another artifact": (setting("artifactType", "application/x-model"), "artifactType"),
    "of a section": (setting("artifactType", mediatypes.SECTION), "a section, no version"),
    "whose config is no head": (
        lambda m: m["config"].update(mediaType="application/vnd.oci.empty.v1+json"),
        "not a head",
    ),
    "whose head is larger than it says": (lambda m: m["config"].update(size=7), "instead of 7"),
    "whose head is enormous": (lambda m: m["config"].update(size=1 << 62), "at most"),
    "whose head is nowhere": (lambda m: m["config"].update(digest=DIGEST), "missing from the store"),
    "whose head is the pack": (
        lambda m: m["config"].update(m["layers"][1], mediaType=mediatypes.HEAD),
        "not a head",
    ),
    "with a negative size": (layer(1, size=-1), "greater than or equal to 0"),
    "with a size beyond 63 bits": (layer(1, size=1 << 63), "less than"),
    "with a size that is text": (layer(1, size="5"), "valid integer"),
    "with a digest of another kind": (layer(1, digest="sha512:" + "ab" * 64), "match pattern"),
    "with a digest that is a path": (layer(1, digest="sha256:../../../etc/passwd"), "match pattern"),
    "with a digest in capitals": (layer(1, digest=DIGEST.upper()), "match pattern"),
    "with a foreign layer": (layer(1, mediaType="application/vnd.oci.image.layer.v1.tar"), "nor a pack"),
    "without an index": (layers(lambda found: found[1:]), "first layer is no index"),
    "without layers": (layers(lambda _: []), "first layer is no index"),
    "with two indexes": (layers(lambda found: [found[0], *found]), "nor a pack"),
    "with one pack twice": (layers(lambda found: [*found, found[1]]), "a layer twice"),
    "without the pack": (layers(lambda found: found[:1]), "a pack that the manifest does not"),
    "whose index is larger than it says": (layer(0, size=5), "instead of 5"),
    "whose index is enormous": (layer(0, size=(1 << 30) + 1), "at most"),
    "whose pack is smaller than it says": (layer(1, size=100), "outside of its pack"),
    "with more bad layers than can be told": (layers(lambda _: [{}] * 50_000), "Field required"),
}


@pytest.mark.parametrize("lie", MANIFESTS)
def test_a_manifest(tmp_path: Path, lie: str) -> None:
    store = MemoryStore()
    change, told = MANIFESTS[lie]
    attacked(store, manifest=change)
    refused(store, tmp_path, Corrupt, told, reads_without="whose head is" in lie)


def test_annotations_and_unknown_fields_mean_nothing(tmp_path: Path) -> None:
    store = MemoryStore()
    extra = {"annotations": {"a": "b"}, "subject": None, "manifests": [1], "path": "../../x"}
    attacked(store, manifest=lambda m: m.update(extra), head=lambda h: h.update(extra))
    loaded = Registry(store).load("evil", output_dir=tmp_path, verify="full")
    assert (loaded / "two").read_bytes() == b"y" * 2000
    assert Registry(store).fsck() == []


HEADS: dict[str, tuple[Callable[[Json], None], type[CasregError], str]] = {
    "of a foreign kind": (setting("kind", "pickle"), Unsupported, "objects of kind 'pickle'"),
    "of a kind as long as a book": (setting("kind", "x" * 100_000), Unsupported, "objects of kind"),
    "of another format": (setting("format", 1), Corrupt, "format"),
    "without content": (lambda head: head.pop("content"), Corrupt, "content: Field required"),
    "with a negative size": (setting("size", -1), Corrupt, "size"),
    "whose metadata is a list": (setting("metadata", []), Corrupt, "metadata"),
    "of a kind with one part": (setting("kind", "file"), Corrupt, "2 parts instead of one"),
    "of a kind with a part that is not there": (setting("kind", "tree"), Corrupt, "no part 'value.json'"),
    "of an array that is none": (setting("kind", "array"), Corrupt, "no part 'array.npy'"),
    "larger than a head": (setting("metadata", {"x": "x" * (1 << 20)}), Corrupt, "at most"),
}


@pytest.mark.parametrize("lie", HEADS)
def test_a_head(tmp_path: Path, lie: str) -> None:
    store = MemoryStore()
    change, error, told = HEADS[lie]
    attacked(store, head=change)
    registry = Registry(store, cache_dir=tmp_path / "cache")
    for kind in ("integrity", "full"):
        with pytest.raises(error, match=told) as caught:
            registry.load("evil", output_dir=tmp_path / "out", verify=kind)
    assert len(str(caught.value)) < 2000
    assert not (tmp_path / "out").exists()
    assert all(finding.name == "evil" for finding in registry.fsck())


@pytest.mark.parametrize(
    ("field", "value"), [("size", 1 << 62), ("parts", 3), ("content", "blake3:" + "0" * 64)]
)
def test_a_head_that_says_other_things_of_the_parts_than_the_index(field: str, value: Any) -> None:
    store = MemoryStore()
    attacked(store, head=setting(field, value))
    with pytest.raises(Corrupt, match="contradict each other"):
        Registry(store).load("evil", verify="full")
    assert [finding.kind for finding in Registry(store).fsck()] == ["corrupt"]


def test_a_class_that_a_head_names_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "evil_module.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    store = MemoryStore()
    attacked(store, parts={"data": b"x"}, kind="bytes", head=setting("class", "evil_module.Evil"))
    assert Registry(store).load("evil") == b"x"


def test_the_head_that_info_shows_is_the_manifests_and_no_other(tmp_path: Path) -> None:
    """A ref may hold any blob inline: one that no manifest names says nothing."""
    store = MemoryStore()
    attacked(
        store, parts={"data": b"x"}, kind="bytes", inline=True, name="other", head=setting("kind", "fake")
    )
    other = json.loads(store.read("refs/other/r8~,r8"))
    fake = next(blob for blob in other["inline"] if blob["mediaType"] == mediatypes.HEAD)
    attacked(
        store, parts={"data": b"x"}, kind="bytes", inline=True, ref=lambda ref: ref["inline"].insert(0, fake)
    )
    assert Registry(store).info("evil@1")["materializer"] == "bytes"


def image_index(change: Callable[[Json, Json], Any]) -> Callable[[Json], Json]:
    """An image index over the one manifest that there is, changed by ``change(index, descriptor)``."""

    def top(described: Json) -> Json:
        index = {
            "schemaVersion": 2,
            "mediaType": mediatypes.IMAGE_INDEX,
            "artifactType": mediatypes.VERSION,
            "manifests": [dict(described)],
        }
        change(index, described)
        return index

    return top


SECTION = setting("artifactType", mediatypes.SECTION)
TOPS: dict[str, tuple[Callable[[Json, Json], Any], str]] = {
    "without sections": (lambda index, _: index.update(manifests=[]), "at least 1 item"),
    "of one section thrice": (lambda index, d: index.update(manifests=[d] * 3), "a section twice"),
    "of one section many times": (lambda index, d: index.update(manifests=[d] * 5_000), "a section twice"),
    "of a section that is nowhere": (
        lambda index, d: index["manifests"].append({**d, "digest": DIGEST}),
        "missing from the store",
    ),
    "of an image index": (
        lambda index, _: index["manifests"][0].update(mediaType=mediatypes.IMAGE_INDEX),
        "mediaType",
    ),
    "of a foreign manifest": (
        lambda index, _: index["manifests"][0].update(mediaType="application/vnd.docker.manifest"),
        "none that a version has",
    ),
    "of another artifact": (lambda index, _: index.update(artifactType="x"), "artifactType"),
    "of a section of another size": (lambda index, _: index["manifests"][0].update(size=3), "instead of 3"),
    "of a section with an enormous size": (
        lambda index, _: index["manifests"][0].update(size=1 << 40),
        "at most",
    ),
}


@pytest.mark.parametrize("lie", TOPS)
def test_an_image_index(tmp_path: Path, lie: str) -> None:
    store = MemoryStore()
    change, told = TOPS[lie]
    attacked(store, manifest=SECTION, top=image_index(change))
    refused(store, tmp_path, Corrupt, told)


def test_an_image_index_of_an_image_index(tmp_path: Path) -> None:
    store = MemoryStore()
    key = attacked(store, manifest=SECTION, top=image_index(lambda index, described: None))
    inner = json.loads(store.read(key))["manifest"]
    attacked(store, manifest=SECTION, top=image_index(lambda index, _: index.update(manifests=[inner])))
    refused(store, tmp_path, Corrupt, "no section")


def test_a_section_that_is_a_version_itself(tmp_path: Path) -> None:
    store = MemoryStore()
    attacked(store, top=image_index(lambda index, described: None))
    refused(store, tmp_path, Corrupt, "no section")


def test_sections_that_are_as_they_should_be_are_read(tmp_path: Path) -> None:
    store = MemoryStore()
    attacked(store, manifest=SECTION, top=image_index(lambda index, described: None))
    assert (Registry(store).load("evil", output_dir=tmp_path) / "two").stat().st_size == 2000


def inline(**changed: Any) -> Callable[[Json], None]:
    return lambda ref: ref["inline"][0].update(changed)


REFS: dict[str, tuple[Callable[[Json], None], str]] = {
    "to a manifest of another type": (
        lambda ref: ref["manifest"].update(mediaType=mediatypes.HEAD),
        "none that a version has",
    ),
    "to an image index that is none": (
        lambda ref: ref["manifest"].update(mediaType=mediatypes.IMAGE_INDEX),
        "mediaType",
    ),
    "to a pack": (lambda ref: ref["manifest"].update(ref["inline"][0], data=None), "none that a version has"),
    "to what is nowhere": (lambda ref: ref["manifest"].update(digest=DIGEST), "missing from the store"),
    "to more than a manifest": (lambda ref: ref["manifest"].update(size=1 << 30), "at most"),
    "of another format": (setting("format", 2), "format"),
    "of no time": (setting("created", "yesterday"), "created"),
    "of a time without a zone": (setting("created", "2025-01-02T03:04:05"), "created"),
    "of an enormous size": (setting("stored", 10**30), "stored"),
    "with a bad write id": (setting("write", "0" * 31 + "\n"), "write"),
    "with a blob that is no base64": (inline(data="*" * 8), "not base64"),
    "with a blob that is not ASCII": (inline(data="é" * 8), "not base64"),
    "with a blob of another size": (inline(data=""), "has 0 bytes"),
    "with a blob of other bytes": (
        lambda ref: ref["inline"][3].update(data="A" * 3, size=2),
        "not base64|has",
    ),
    "with more bad blobs than can be told": (setting("inline", [0] * 50_000), "inline"),
}


@pytest.mark.parametrize("lie", REFS)
def test_a_ref(tmp_path: Path, lie: str) -> None:
    store = MemoryStore()
    change, told = REFS[lie]
    attacked(store, inline=True, ref=change)
    refused(store, tmp_path, Corrupt, told)


def head_and(text: str) -> Callable[[str, bytes], bytes]:
    """More text at the front of the head."""
    return lambda what, data: (
        b"{" + text.encode("utf-8", "surrogatepass") + b"," + data[1:] if what == "head" else data
    )


TEXTS: dict[str, tuple[Callable[[str, bytes], bytes], str]] = {
    "a key twice": (head_and('"kind":"bytes"'), "a key twice"),
    "a key twice, further in": (head_and('"x":[{"a":1,"a":2}]'), "a key twice"),
    "not a number": (head_and('"x":NaN'), "no JSON"),
    "infinity": (head_and('"x":-Infinity'), "no JSON"),
    "a number that is infinite": (head_and('"x":1e999'), "too large"),
    "an integer of ten thousand digits": (head_and('"x":' + "1" * 10_000), "integer"),
    "half of a surrogate pair": (head_and('"x":"\\ud800"'), "hex escape|surrogate"),
    "a surrogate in UTF-8": (head_and('"x":"\ud800"'), "utf-8"),
    "nested lists": (head_and('"x":' + "[" * 500 + "]" * 500), "recursion"),
    "nested very deep": (head_and('"x":' + "[" * 300_000), "nested too deeply"),
    "not UTF-8": (lambda _, data: data + b"\xff", "utf-8"),
    "UTF-16": (lambda _, data: data.decode().encode("utf-16"), "utf-8"),
    "a mark in front": (lambda _, data: b"\xef\xbb\xbf" + data, "JSON|Expecting"),
    "something behind": (lambda _, data: data + b"{}", "Extra data"),
    "a comment": (lambda _, data: b"/**/" + data, "Expecting value"),
    "single quotes": (lambda _, data: data.replace(b'"', b"'"), "Expecting property name"),
    "nothing": (lambda _, data: b" ", "Expecting value"),
    "a list": (lambda _, data: b"[]", "valid dictionary"),
    "cut off": (lambda _, data: data[:-1], "Expecting|delimiter"),
}


@pytest.mark.parametrize("lie", TEXTS)
def test_a_text_that_is_no_document(tmp_path: Path, lie: str) -> None:
    store = MemoryStore()
    change, told = TEXTS[lie]
    attacked(store, raw=lambda what, data: change(what, data) if what == "head" else data)
    refused(store, tmp_path, Corrupt, told, reads_without=True)


@pytest.mark.parametrize("what", ["head", "manifest", "ref"])
def test_every_document_is_held_to_the_same_rules(tmp_path: Path, what: str) -> None:
    store = MemoryStore()
    attacked(store, raw=lambda of, data: data[:-1] + b',"x":[{"y":1,"y":1}]}' if of == what else data)
    refused(store, tmp_path, Corrupt, "a key twice", reads_without=what == "head")


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        (b'{"format":1}', Unsupported, "format 1"),
        (b'{"format":true}', Corrupt, "casreg.json"),
        (b'{"format":0,"format":1}', Corrupt, "a key twice"),
        (b'{"format":' + b"9" * 5000 + b"}", Corrupt, "casreg.json"),
        (b"[" * 100_000, Corrupt, "nested"),
        (b"\xff\xfe{\0}\0", Corrupt, "utf-8"),
    ],
)
def test_a_store_that_says_what_it_is_in_another_way(
    text: bytes, error: type[CasregError], told: str
) -> None:
    with pytest.raises(error, match=told):
        parse_config(text)


def test_features_as_long_as_a_book_are_named_in_short() -> None:
    store = MemoryStore()
    Registry(store)
    config = json.loads(store.read("casreg.json"))
    config["features"]["reader"] = ["x" * 100_000]
    with pytest.raises(Unsupported, match="needs the feature xxx") as caught:
        parse_config(json.dumps(config).encode())
    assert len(str(caught.value)) < 2000


def replaceable(store: Path, place: str) -> Path:
    """A file of a store on disk that holds ``evil``."""
    with Registry(store, version_objects=True) as registry:
        key = attacked(registry.backend)
    blob = json.loads((store / key).read_bytes())["manifest"]["digest"][7:]
    keys = {"ref": key, "config": "casreg.json", "settings": "settings/r8", "blob": f"blobs/sha256/{blob}"}
    path = store / keys[place]
    path.parent.mkdir(exist_ok=True)
    path.touch()
    path.chmod(0o644)
    return path


@pytest.mark.parametrize("place", ["ref", "config", "settings", "blob"])
def test_an_object_larger_than_a_document_is_read_no_further(tmp_path: Path, place: str) -> None:
    """Sparse files of a terabyte, where documents of kilobytes should be."""
    path = replaceable(tmp_path / "store", place)
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(Corrupt, match=rf"{MAX_DOCUMENT + 1} bytes|instead of"):
        Registry(tmp_path / "store", read_only=True).load("evil")


@pytest.mark.parametrize("place", ["ref", "config", "blob"])
def test_a_pipe_in_the_place_of_an_object_is_not_waited_for(tmp_path: Path, place: str) -> None:
    path = replaceable(tmp_path / "store", place)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(CasregError):
        Registry(tmp_path / "store", read_only=True).load("evil")
    if place in ("ref", "blob"):
        told = [finding.name for finding in Registry(tmp_path / "store").fsck() if not finding.harmless]
        assert told == ([] if place == "ref" else ["evil"])
