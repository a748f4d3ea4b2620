"""JSON documents."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from casreg import mediatypes
from casreg.digest import blob_digest, chunk_id
from casreg.models.head import Head
from casreg.models.manifest import Descriptor, Inline, Manifest
from casreg.models.notes import Notes
from casreg.models.ref import Ref
from casreg.models.store import Settings, StoreConfig
from tools.golden.inputs import NONCE, TIME, WRITE, counter


def documents() -> dict[str, Any]:
    head = Head(
        kind="tree",
        python_class="builtins.dict",
        init_params={},
        metadata={"a": [1, 2.5, None, True], "é": "ü\u2028"},
        content="blake3:" + chunk_id(b"").hex(),
        size=12,
        stored_size=50,
        parts=1,
        parent="sha256:" + "ab" * 32,
        nonce=NONCE,
    )
    index_blob, pack_blob = counter("index", 40), counter("pack", 50)
    config = head.encode()
    manifest = Manifest(
        config=_described(mediatypes.HEAD, config),
        layers=[_described(mediatypes.INDEX, index_blob), _described(mediatypes.PACK, pack_blob)],
    ).encode()
    described = _described(mediatypes.MANIFEST, manifest)
    carried = {
        **json.loads(_described(mediatypes.INDEX, index_blob).encode()),
        "data": b64encode(index_blob).decode(),
    }
    inline = Inline.decode(json.dumps(carried).encode())
    ref = Ref(manifest=described, created=TIME, write=WRITE, stored=50, inline=[inline])
    plain = Ref(manifest=described, created=TIME, write=WRITE, stored=0)
    notes = Notes(
        manifest=described.digest,
        created=TIME,
        write=WRITE,
        author="ann",
        notes={"accuracy": 0.93, "é": None},
    )
    config_file = StoreConfig(id=NONCE, created=TIME)
    settings = Settings(versioned=True, mutable=True, grace=0.0, undo_window=60.0)
    return {
        "documents": {
            "head": _document(config),
            "manifest": _document(manifest),
            "ref": _document(ref.encode()),
            "ref without inline blobs": _document(plain.encode()),
            "notes": _document(notes.encode()),
            "casreg.json": _document(config_file.encode()),
            "settings": _document(settings.encode()),
        }
    }


def _described(media_type: str, data: bytes) -> Descriptor:
    return Descriptor(media_type=media_type, digest=blob_digest([data]), size=len(data))


def _document(data: bytes) -> dict[str, str]:
    return {"text": data.decode("utf-8"), "digest": blob_digest([data])}
