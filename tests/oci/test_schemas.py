"""What casreg writes validates against the JSON schemas of the OCI image specification."""

from __future__ import annotations

import json
import random
import re
from base64 import b64decode
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft4Validator, ValidationError
from layout import lay_out
from referencing import Registry as SchemaRegistry
from referencing import Resource
from referencing.jsonschema import DRAFT4

from casreg import Registry, mediatypes
from casreg.models.manifest import Descriptor, ImageIndex, Manifest
from casreg.stores.memory import MemoryStore
from casreg.writer import Written, assemble

SCHEMAS = Path(__file__).parent / "schemas"
SHARED = "defs-descriptor.json"


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


def resource(name: str) -> Resource[Any]:
    # Files refer to each other by name; the ids inside them, relative to nothing here, are left out.
    return Resource.from_contents(without_ids(schema(name)), default_specification=DRAFT4)


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: without_ids(item) for key, item in value.items() if key != "id" or isinstance(item, dict)
        }
    return [without_ids(item) for item in value] if isinstance(value, list) else value


KNOWN: SchemaRegistry[Any] = SchemaRegistry().with_resources(
    (path.name, resource(path.name)) for path in SCHEMAS.glob("*.json")
)


def validate(value: Any, name: str) -> None:
    Draft4Validator(without_ids(schema(name)), registry=KNOWN).validate(value)


@pytest.fixture(scope="module")
def saved() -> Registry:
    """A version of every kind: without a pack, inline, with packs, reusing packs."""
    registry = Registry(MemoryStore(), version_objects=True, mutable=True, memory=64 << 20)
    noise = random.Random(1).randbytes(20 << 20)
    registry.save("nothing", b"")
    registry.save("small", b"small", metadata={"é": [1, None]})
    registry.save("large", noise)
    registry.save("large", noise[: 10 << 20] + b"!" + noise[10 << 20 :])
    registry.save("array", np.arange(100_000, dtype="<f4"))
    registry.save("tree", {"w": np.zeros((3, 4), "<f8"), "n": [1, (2.0, None)]})
    registry.save("small", b"overwritten", version="1")
    return registry


@pytest.fixture(scope="module")
def paths(saved: Registry, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The same, and a file and a directory."""
    place = tmp_path_factory.mktemp("paths")
    (place / "empty").mkdir()
    (place / "run").write_bytes(b"#!/bin/sh\n")
    saved.save("file", place / "run")
    saved.save("directory", place)
    return saved


ALL = ["nothing@1", "small@1", "large@1", "large@2", "array@1", "tree@1", "file@1", "directory@1"]


@pytest.mark.parametrize("reference", ALL)
def test_a_version_is_an_oci_image_manifest(paths: Registry, reference: str) -> None:
    with paths.open(reference) as snapshot:
        assert isinstance(snapshot.manifest, Manifest)
        manifest = json.loads(snapshot.manifest.encode())
        assert sha256(snapshot.manifest.encode()).hexdigest() == snapshot.digest.hex
    validate(manifest, "image-manifest-schema.json")
    for descriptor in (manifest["config"], *manifest["layers"]):
        validate(descriptor, "content-descriptor.json")
    media_type = schema(SHARED)["definitions"]["mediaType"]["pattern"]
    assert re.fullmatch(media_type, manifest["artifactType"])
    assert manifest["layers"][0]["mediaType"] == mediatypes.INDEX


@pytest.mark.parametrize("reference", ALL)
def test_what_a_ref_holds_are_oci_descriptors(paths: Registry, reference: str) -> None:
    with paths.open(reference) as snapshot:
        ref = json.loads(snapshot.ref.encode())
    validate(ref["manifest"], "content-descriptor.json")
    assert ref["inline"]
    for descriptor in ref["inline"]:
        validate(descriptor, "content-descriptor.json")
        data = b64decode(descriptor["data"], validate=True)
        assert (len(data), "sha256:" + sha256(data).hexdigest()) == (descriptor["size"], descriptor["digest"])


def test_a_version_in_sections_is_an_oci_image_index(paths: Registry) -> None:
    with paths.open("small@1") as snapshot:
        head, index = snapshot.head, snapshot.index
    packs = [
        Descriptor(media_type=mediatypes.PACK, digest=f"sha256:{number:064x}", size=100)
        for number in range(900)
    ]
    store = MemoryStore()
    numbers = dict.fromkeys((field.name for field in fields(Written)), 0)
    top = assemble(store.write, Written(**{**numbers, "index": index, "packs": packs, "inline": None}), head)
    (data,) = [b64decode(b.model_dump()["data"]) for b in top.inline if b.digest == top.manifest.digest]
    image_index = ImageIndex.decode(data)
    validate(json.loads(data), "image-index-schema.json")
    assert json.loads(data)["artifactType"] == mediatypes.VERSION
    counts = []
    for descriptor in image_index.manifests:
        section = json.loads(store.read(f"blobs/sha256/{descriptor.sha256.hex}"))
        validate(section, "image-manifest-schema.json")
        assert section["artifactType"] == mediatypes.SECTION
        counts.append(len(section["layers"]))
    assert counts == [400, 400, 101]


def test_a_layout_is_an_oci_image_layout(paths: Registry, tmp_path: Path) -> None:
    lay_out(paths, "large@2", tmp_path / "layout", "tag")
    validate(json.loads((tmp_path / "layout/oci-layout").read_text()), "image-layout-schema.json")
    validate(json.loads((tmp_path / "layout/index.json").read_text()), "image-index-schema.json")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"schemaVersion": 1}, "image-manifest-schema.json"),
        ({"layers": []}, "image-manifest-schema.json"),
        ({"config": {"mediaType": "a/b", "size": 1}}, "image-manifest-schema.json"),
        ({"layers": [{"mediaType": "none", "size": 1, "digest": "sha256:0"}]}, "image-manifest-schema.json"),
        ({"layers": [{"mediaType": "a/b", "size": "1", "digest": "sha256:0"}]}, "image-manifest-schema.json"),
    ],
)
def test_the_schemas_refuse_what_is_no_manifest(paths: Registry, change: Any, name: str) -> None:
    with paths.open("small@1") as snapshot:
        manifest = json.loads(snapshot.manifest.encode())
    with pytest.raises(ValidationError):
        validate({**manifest, **change}, name)


def test_the_schemas_are_those_of_their_provenance() -> None:
    told = (SCHEMAS / "PROVENANCE.md").read_text(encoding="utf-8")
    for path in SCHEMAS.glob("*.json"):
        assert f"| {path.name} | {sha256(path.read_bytes()).hexdigest()} |" in told
