"""Every parser of what a store, a registry or a user may hand over: a name, a call, and good input.

A call takes any bytes. It returns, having held what was accepted against the parser's promise, or
raises one of the target's errors; anything else that comes out of it is a bug. A parser that is added
here is tried by the tests and by the long runs alike.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import zstandard

from casreg import canonical, frames, inflated, mediatypes, refs
from casreg.borders import locate
from casreg.codecs import Codec, planes
from casreg.codecs import decode as decode_chunk
from casreg.condemned import Condemned
from casreg.digest import Digest
from casreg.errors import CasregError, Corrupt, InvalidInput, NotFound, Unsafe, Unsupported
from casreg.mindtrace.facts import parse as parse_facts
from casreg.models import columns
from casreg.models.base import Document
from casreg.models.head import Head
from casreg.models.index import MAGIC, Index
from casreg.models.manifest import Descriptor, Inline, decode
from casreg.models.ref import Ref
from casreg.models.store import Settings, StoreConfig, parse_config
from casreg.names import Name, Reference, Version
from casreg.names.version import ascending, descending
from casreg.packs import MAGIC as PACK_MAGIC
from casreg.packs import Encoded, PackBuilder, read_trailer
from casreg.stores.memory import MemoryStore
from tools.fuzz import objects, trees
from tools.fuzz.forged import NONCE, Chunk, forge
from tools.fuzz.loading import load

_ID = "0123456789abcdef" * 2
_DIGEST = "sha256:" + _ID * 2


@dataclass(frozen=True)
class Target:
    """One parser."""

    name: str
    parse: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    """All of them are accepted."""
    errors: tuple[type[CasregError], ...] = (Corrupt,)
    """What it may raise."""

    def try_on(self, data: bytes) -> bool:
        """Whether ``data`` is accepted; raises what no parser may."""
        try:
            self.parse(data)
        except self.errors as error:
            told = str(error)
        else:
            return True
        assert len(told) < 2000, f"{self.name} raises a text of {len(told)} characters"
        return False


# Documents


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


# Tables


def _columns(frame: bytes) -> None:
    nonce, table = columns.decode(MAGIC, frame)
    kinds = {bytes: "id", list: "text"}
    again = {
        name: (kinds.get(type(values)) or {"B": "u8", "I": "u32", "Q": "u64"}[values.typecode], values)  # type: ignore[union-attr]
        for name, values in table.items()
    }
    if all(isinstance(name, str) for name in again):
        assert columns.decode(MAGIC, columns.encode(MAGIC, nonce, again)) == (nonce, table)


def _index(frame: bytes) -> None:
    sizes = [1 << 20, 200]
    index = Index.decode(frame, sizes)
    again = Index.decode(index.encode(), sizes)
    assert again == index
    assert again.content() == index.content()
    for part in index.parts:
        assert 0 <= part.size < 1 << 63
        assert not part.path.startswith("/")
        assert ".." not in part.path.split("/")


def _trailer(pack: bytes) -> None:
    _, rows = read_trailer(pack)
    end = 0
    for row in rows:
        assert row.offset == end
        end += row.stored
    assert end <= len(pack)


def _framed(parse: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """``parse``, given the content of a frame: what is behind the compression is met directly."""
    return lambda plain: parse(frames.compress(plain))


def _packed(plain: bytes) -> None:
    frame = frames.compress(plain)
    _trailer(b"abcde" + frame + struct.pack("<Q", len(frame)) + PACK_MAGIC)


def _content(frame: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(frame)


def _seed_index() -> bytes:
    found: list[bytes] = []
    forge(
        MemoryStore(),
        {"a/one": [Chunk(b"x" * 100), Chunk(b"y" * 50)], "b/": b"", "c": b"z"},
        tensors=_tensors(),
        frame=lambda frame: found.append(frame) or frame,
    )
    return found[0]


def _tensors() -> Any:
    from casreg.tensors import Tensor

    return [(0, Tensor("w", "F32", (2, 3), 0, 24)), (0, Tensor("b", "BOOL", (), 24, 1))]


def _seed_pack() -> bytes:
    builder = PackBuilder(NONCE, memoryview(bytearray(5)))
    builder.add(Encoded.of(bytes(32), 5, 0, [b"abcde"]))
    return b"".join(builder.finish())


# Chunks


def _chunk(codec: Codec, size: int) -> Callable[[bytes], object]:
    def parse(stored: bytes) -> None:
        destination = memoryview(bytearray(size))
        decode_chunk(codec, stored, destination)

    return parse


_ELEMENTS = np.arange(512, dtype="<u4").tobytes()
_PLANES = planes.encode(_ELEMENTS, 4) or b""


# Files


def _borders(name: str) -> Callable[[bytes], object]:
    """The layout of a file of this name, which must lie within it."""

    def parse(data: bytes) -> None:
        layout = locate(name, len(data), lambda start, stop: data[start:stop])
        if layout is None:
            raise Corrupt("no layout")
        assert layout.pieces[0] == 0
        assert all(a < b for a, b in pairwise([*layout.pieces, len(data)]))
        for tensor in layout.tensors:
            assert 0 <= tensor.start <= tensor.start + tensor.size <= len(data)

    return parse


def _onnx() -> bytes:
    """A model of one node, one tensor within, and one without."""
    within = b"\x08\x02\x10\x01B\x01wJ\x08" + bytes(8)
    told = b"".join(
        b"j%c\n%c%s\x12%c%s" % (4 + len(k) + len(v), len(k), k, len(v), v)
        for k, v in ((b"location", b"x.bin"), (b"offset", b"64"), (b"length", b"8"))
    )
    without = b"\x08\x02\x10\x01B\x01x" + told + b"p\x01"
    graph = b"\n\x03\n\x01x*%c%s*%c%s" % (len(within), within, len(without), without)
    return b"\x08\x08:%c%s" % (len(graph), graph)


def _archive() -> tuple[bytes, bytes]:
    """A file with a deflated stretch, and the stream that it is stored inflated as."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
    stretch = deflater.compress(bytes(500)) + deflater.flush()
    file = b"front" + stretch + b"end"
    recipe = inflated.find(len(file), [(5, 5 + len(stretch), 500)], lambda start, stop: file[start:stop])
    assert recipe is not None
    return file, b"".join(inflated.inflate([file], recipe))


_FILE, _STREAM = _archive()


def _restored(stream: bytes) -> None:
    made = b"".join(bytes(block) for block in inflated.restore([stream], len(stream), len(_FILE)))
    assert len(made) == len(_FILE)


# Names


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """``parse``, given any text, lone surrogates included."""
    return lambda data: parse(data.decode("utf-8", "surrogateescape"))


def _name(text: str) -> None:
    name = Name.parse(text)
    assert str(name) == text
    assert Name.from_key(name.key) == name
    assert name.key.isascii()
    assert "/" not in name.key


def _name_key(segment: str) -> None:
    assert Name.from_key(segment).key == segment


def _version(text: str) -> None:
    version = Version.parse(text)
    assert Version.from_key(version.key) == version


def _version_key(segment: str) -> None:
    assert Version.from_key(segment).key == segment


def _generation(code: str) -> None:
    assert descending(ascending(code)) == code


def _ref_key(key: str) -> None:
    state = refs.parse(key)
    assert refs.key(state.name, state.version, state.generation) == key


def _reference(text: str) -> None:
    reference = Reference.parse(text)
    assert Reference.parse(str(reference)) == reference


# Objects: the whole way from the ref on, through the materializer


def _loaded(kind: str, path: str) -> Callable[[bytes], object]:
    def parse(data: bytes) -> None:
        tensor = np.arange(6, dtype="<f4").tobytes()
        parts = {path: data}
        if kind == "tree":
            parts |= {"arrays.safetensors": tensor, "arrays/0.npy": _NPY}
        tensors = [(1, t) for _, t in _tensors()[:1]] if kind == "tree" else ()
        load(parts, kind, tensors, as_numpy=True)

    return parse


def _npy(values: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


_LOADING = (Corrupt, InvalidInput, NotFound, Unsafe, Unsupported)
_NPY = _npy(np.arange(3, dtype=">i2"))
TARGETS = (
    Target("ref", lambda data: _document(Ref.decode(data)), (canonical.dumps(_REF),)),
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
    Target("columns", _columns, (_seed_index(),)),
    Target("columns-plain", _framed(_columns), (_content(_seed_index()),)),
    Target("index", _index, (_seed_index(),), (Corrupt, Unsupported)),
    Target("index-plain", _framed(_index), (_content(_seed_index()),), (Corrupt, Unsupported)),
    Target("trailer", _trailer, (_seed_pack(),)),
    Target("trailer-plain", _packed, (_content(_seed_pack()[5:-16]),)),
    Target("raw", _chunk(Codec.RAW, 5), (b"hello",)),
    Target("zstd", _chunk(Codec.ZSTD, 2048), (frames.compress(_ELEMENTS),)),
    Target("planes", _chunk(Codec.PLANES, 2048), (_PLANES,)),
    Target("inflated", _restored, (_STREAM,), (Corrupt, Unsupported)),
    Target("onnx", _borders("model.onnx"), (_onnx(),)),
    Target("name", _text(_name), (b"team/detector", b"my:model", "modèle 1".encode()), (InvalidInput,)),
    Target("name-key", _text(_name_key), (b"team%2fdetector", b"%63on", b"%2ea"), (InvalidInput,)),
    Target("version", _text(_version), (b"1.02.300", b"9" * 18), (InvalidInput,)),
    Target("version-key", _text(_version_key), (b"r8.q89~b", b"r8~"), (Corrupt,)),
    Target("generation", _text(_generation), (b"r8", b"q89"), (Corrupt,)),
    Target("ref-key", _text(_ref_key), (b"refs/team%2fa/r8.r7~ab,q89",), (Corrupt,)),
    Target(
        "reference",
        _text(_reference),
        (b"a/b@1.2", b"a@prod", f"a@{_DIGEST}".encode()),
        (InvalidInput,),
    ),
    Target("digest", _text(Digest.parse), (_DIGEST.encode(),), (InvalidInput,)),
    Target(
        "npy",
        _loaded("array", "array.npy"),
        (_NPY, _npy(np.zeros(2, [("a", "<f4"), ("b", "S3", (2,))]))),
        (Corrupt, Unsafe),
    ),
    Target(
        "tree",
        _loaded("tree", "value.json"),
        trees.SEEDS,
        _LOADING,
    ),
    *(Target(found.name, found.load, (found.seed,), _LOADING) for found in objects.changing()),
)
BY_NAME = {target.name: target for target in TARGETS}
