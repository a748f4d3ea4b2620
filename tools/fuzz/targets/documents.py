"""Documents: refs, heads, manifests, a store's own, and those of another tool's stores."""

from __future__ import annotations

from casreg import canonical, mediatypes
from casreg.condemned import Condemned
from casreg.errors import Corrupt, Unsupported
from casreg.mindtrace.facts import parse as parse_facts
from casreg.models.base import Document
from casreg.models.head import Head
from casreg.models.manifest import Descriptor, Inline, decode
from casreg.models.notes import Notes
from casreg.models.ref import Ref
from casreg.models.store import Settings, StoreConfig, parse_config
from tools.fuzz.target import Target

_ID = "0123456789abcdef" * 2
_DIGEST = "sha256:" + _ID * 2


def _document(decoded: Document) -> None:
    again = type(decoded).decode(decoded.encode())
    assert again == decoded
    assert again.encode() == decoded.encode()


_OLD = b"""_files: [data.json]
class: builtins.int
hash: 1001909f67d0
init_params: {}
materializer: zenml.materializers.built_in_materializer.BuiltInMaterializer
metadata: {lr: 0.1, tags: &a [x, null, 3], same: *a, when: 2024-01-02}
path: /srv/registry/a/1
"""


def _facts(data: bytes) -> None:
    facts = parse_facts(data)
    canonical.dumps({"metadata": facts.metadata, "init_params": facts.init_params})


def _inline(data: bytes) -> None:
    Inline.decode(data).blob()


_PACK = {"mediaType": mediatypes.PACK, "digest": _DIGEST, "size": 5}
_TABLE = {"mediaType": mediatypes.INDEX, "digest": _DIGEST[:-1] + "0", "size": 7}
_HEAD = {"mediaType": mediatypes.HEAD, "digest": _DIGEST, "size": 9}
_MANIFEST = {
    "schemaVersion": 2,
    "mediaType": mediatypes.MANIFEST,
    "artifactType": mediatypes.VERSION,
    "config": _HEAD,
    "layers": [_TABLE, _PACK],
    "annotations": {"a": "b"},
}
_IMAGE_INDEX = {
    "schemaVersion": 2,
    "mediaType": mediatypes.IMAGE_INDEX,
    "artifactType": mediatypes.VERSION,
    "manifests": [{**_HEAD, "mediaType": mediatypes.MANIFEST}],
}
_HEAD_TEXT = {
    "format": 0,
    "kind": "tree",
    "class": "builtins.dict",
    "initParams": {},
    "metadata": {"lr": 1e-3, "notes": ["a", None, True, {"é\n": -1}]},
    "content": "blake3:" + _ID * 2,
    "size": 12,
    "storedSize": 9,
    "parts": 1,
    "parent": _DIGEST,
}
_REF = {
    "format": 0,
    "manifest": {**_HEAD, "mediaType": mediatypes.MANIFEST},
    "created": "2025-01-02T03:04:05Z",
    "write": _ID,
    "stored": 3,
    "flushed": False,
    "inline": [{**_PACK, "data": "aGVsbG8="}],
}
_CONFIG = StoreConfig(id=_ID, created="2025-01-02T03:04:05Z").encode()

_NOTES = {
    "format": 0,
    "manifest": _DIGEST,
    "notes": {"accuracy": 0.93, "reviewed": ["ann", {"é": None}]},
    "created": "2025-01-02T03:04:05Z",
    "write": _ID,
    "author": "ann",
}

TARGETS = (
    Target("ref", lambda data: _document(Ref.decode(data)), (canonical.dumps(_REF),)),
    Target("notes", lambda data: _document(Notes.decode(data)), (canonical.dumps(_NOTES),)),
    Target("head", lambda data: _document(Head.decode(data)), (canonical.dumps(_HEAD_TEXT),)),
    Target(
        "manifest", lambda data: _document(decode(mediatypes.MANIFEST, data)), (canonical.dumps(_MANIFEST),)
    ),
    Target(
        "image-index",
        lambda data: _document(decode(mediatypes.IMAGE_INDEX, data)),
        (canonical.dumps(_IMAGE_INDEX),),
    ),
    Target("descriptor", lambda data: _document(Descriptor.decode(data)), (canonical.dumps(_PACK),)),
    Target("inline", _inline, (canonical.dumps({**_PACK, "data": "aGVsbG8="}),)),
    Target("config", lambda data: _document(parse_config(data)), (_CONFIG,), (Corrupt, Unsupported)),
    Target("settings", lambda data: _document(Settings.decode(data)), (Settings(undo_window=3.5).encode(),)),
    Target(
        "condemned",
        lambda data: _document(Condemned.decode(data)),
        (canonical.dumps({"blobs": [_DIGEST, _DIGEST]}),),
    ),
    Target("mindtrace", _facts, (_OLD,)),
)
