"""A reader of format 0, from ``spec/`` alone, of at most 300 lines and ``delta_reference``; checks all."""

from __future__ import annotations

import json
import re
import struct
from base64 import b64decode
from collections import namedtuple
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import zstandard
from blake3 import blake3
from delta_reference import undo as delta
from xxhash import xxh3_64_intdigest

MANIFEST, IMAGE_INDEX = (f"application/vnd.oci.image.{kind}.v1+json" for kind in ("manifest", "index"))
VERSION, SECTION, HEAD = (f"application/vnd.casreg.{kind}.v0+json" for kind in ("version", "section", "head"))
INDEX, PACK = "application/vnd.casreg.index.v0+zstd", "application/vnd.casreg.pack.v0"
MAX_CHUNK, MAX_TABLE, MAX_INLINE = 16 << 20, 1 << 30, 16 << 10


class Bad(Exception):
    """The store is not what spec/ says."""


def need(condition: object, what: str) -> None:
    if not condition:
        raise Bad(what)


def escape(text: str) -> str:
    segment = "".join(chr(b) if re.match(rb"[a-z0-9_.-]", bytes([b])) else f"%{b:02x}" for b in text.encode())
    segment = re.sub(r"^\.|\.$", "%2e", segment)
    if re.fullmatch(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", segment):
        segment = f"%{ord(segment[0]):02x}{segment[1:]}"
    return segment


def unescape(segment: str) -> str:
    raw = re.sub(rb"%([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), segment.encode())
    text = raw.decode("utf-8")
    need(escape(text) == segment and 0 < len(segment) <= 200, f"no escaped segment: {segment}")
    return text


def number(code: str) -> int:
    need(re.fullmatch(r"[a-r][0-9]{1,18}", code), f"no code: {code}")
    digits = "".join(str(9 - int(d)) for d in code[1:])
    need(ord("s") - ord(code[0]) == len(digits) and str(int(digits)) == digits, f"no code: {code}")
    return int(digits)


def version_of(key: str) -> str:
    codes, tilde, zeros = key.partition("~")
    numbers = [str(number(code)) for code in codes.split(".")]
    need(tilde and len(zeros) <= len(numbers) <= 8 and re.fullmatch("([a-r]*[b-r])?", zeros), key)
    counts = [ord(z) - ord("a") for z in zeros.ljust(len(numbers), "a")]
    typed = ["0" * count + n for count, n in zip(counts, numbers, strict=True)]
    need(all(len(t) <= 18 for t in typed), f"no version: {key}")
    return ".".join(typed)


def table(magic: bytes, frame: bytes) -> tuple[str, dict[str, Any]]:
    plain = unzstd(frame, None)
    need(plain[:8] == magic, "a table of another kind")
    at = 12 + int.from_bytes(plain[8:12], "little")
    header = json.loads(plain[12:at])
    columns: dict[str, Any] = {}
    for name, kind, size in header["columns"]:
        need(0 <= size <= len(plain) - at and name not in columns, f"column {name} does not fit")
        columns[name] = column(kind, plain[at : at + size])
        at += size
    need(at == len(plain), "bytes behind the last column")
    return header["nonce"], columns


def column(kind: str, body: bytes) -> Any:
    if kind in ("u8", "u32", "u64"):
        code, size = {"u8": ("B", 1), "u32": ("I", 4), "u64": ("Q", 8)}[kind]
        return list(struct.unpack(f"<{len(body) // size}{code}", body))
    if kind == "id":
        need(len(body) % 32 == 0, "ids are 32 bytes each")
        return [body[i : i + 32] for i in range(0, len(body), 32)]
    if kind == "text":
        lengths = struct.unpack_from(f"<{int.from_bytes(body[:4], 'little')}I", body, 4)
        ends = list(accumulate(lengths, initial=4 + 4 * len(lengths)))
        need(ends[-1] == len(body), "texts do not add up")
        return [body[a:b].decode("utf-8") for a, b in pairwise(ends)]
    return None  # a type of the future


def unzstd(frame: bytes, size: int | None) -> bytes:
    claimed = zstandard.frame_content_size(frame)
    need(claimed == size if size is not None else 12 <= claimed <= MAX_TABLE, "a frame claims another size")
    plain = zstandard.ZstdDecompressor().decompress(frame, max_output_size=claimed, allow_extra_data=False)
    need(len(plain) == claimed, "a frame holds another size")
    return plain


def planes(stored: bytes, size: int) -> bytes:
    width, transform = stored[:2]
    need(width in (1, 2, 4, 8) and transform < 5, "no such planes")
    (count, rest), at = divmod(size, width), 2 + 5 * width
    plain = bytearray(count * width)
    for place in range(width):
        kind, length = struct.unpack_from("<BI", stored, 2 + 5 * place)
        frame, at = stored[at : at + length], at + length
        plane = {0: lambda f: f * count, 1: bytes, 2: lambda f: unzstd(f, count)}[kind](frame)
        need(len(frame) == length and len(plane) == count and (kind or length == 1), "no such plane")
        plain[place::width] = plane
    need(count and len(stored) - at == rest, "planes of another size")
    bits, form = 8 * width, f"<{count}{' BH I   Q'[width]}"
    mask, turn = (1 << bits) - 1, {1: 1, 2: 4}.get(transform, 0)
    values = struct.unpack(form, plain)
    if transform > 2:
        values = [(y >> 1) ^ (mask if y & 1 else 0) for y in values]
    if transform == 4:
        values = [x & mask for x in accumulate(values)]
    return struct.pack(form, *[(x >> turn | x << (bits - turn)) & mask for x in values]) + stored[at:]


def trailer(pack: bytes) -> tuple[str, list[tuple[bytes, int, int, int, int, int]]]:
    need(len(pack) >= 16 and pack[-8:] == b"casregP0", "no trailer")
    start = len(pack) - 16 - int.from_bytes(pack[-16:-8], "little")
    nonce, t = table(b"casregT0", pack[max(start, 0) : -16])
    ids, plain, stored, codec, check = (t["chunk." + n] for n in ("id", "plain", "stored", "codec", "check"))
    need(len({*map(len, (ids, plain, stored, codec, check))}) == 1 and sum(stored) == start, "no such chunks")
    return nonce, list(zip(ids, plain, stored, accumulate(stored, initial=0), codec, check, strict=False))


Part = namedtuple("Part", "path executable size rows")


class Version:
    def __init__(self, store: Store, body: bytes) -> None:
        self._store = store
        self.ref = json.loads(body)
        need(self.ref["format"] == 0 and re.fullmatch("[0-9a-f]{32}", self.ref["write"]), "no ref")
        self._inline = {b["digest"]: b64decode(b["data"], validate=True) for b in self.ref.get("inline", [])}
        need(sum(map(len, self._inline.values())) <= MAX_INLINE, "too much is inline")
        self.digest = self.ref["manifest"]["digest"]

    def blob(self, descriptor: dict[str, Any], media_type: str) -> bytes:
        digest = descriptor["digest"]
        need(descriptor["mediaType"] == media_type, f"{digest} is a {descriptor['mediaType']}")
        data = self._inline[digest] if digest in self._inline else self._store.blob(digest[7:])
        need(len(data) == descriptor["size"], f"{digest} has another size")
        need("sha256:" + sha256(data).hexdigest() == digest, f"{digest} has another digest")
        return data

    @cached_property
    def sections(self) -> list[dict[str, Any]]:
        top, kind = self.ref["manifest"], VERSION
        manifests = [top]
        if top["mediaType"] == IMAGE_INDEX:
            image_index, kind = json.loads(self.blob(top, IMAGE_INDEX)), SECTION
            need((manifests := image_index["manifests"]) and image_index["artifactType"] == VERSION, "none")
        sections = [json.loads(self.blob(descriptor, MANIFEST)) for descriptor in manifests]
        for section in sections:
            need(section["schemaVersion"] == 2 and section["mediaType"] == MANIFEST, "no manifest")
            need(section["artifactType"] == kind and section["config"] == sections[0]["config"], "no version")
        return sections

    @cached_property
    def layers(self) -> list[dict[str, Any]]:
        return [layer for section in self.sections for layer in section["layers"]]

    @cached_property
    def head(self) -> dict[str, Any]:
        head = json.loads(self.blob(self.sections[0]["config"], HEAD))
        need(head["format"] == 0, "a head of another format")
        return head

    @cached_property
    def packs(self) -> list[bytes]:
        return [self.blob(layer, PACK) for layer in self.layers[1:]]

    @cached_property
    def index(self) -> dict[str, Any]:
        _, t = table(b"casregI0", self.blob(self.layers[0], INDEX))
        chunks = [t["chunk." + n] for n in ("id", "plain", "stored", "pack", "offset", "codec", "check")]
        need(len({len(c) for c in chunks}) == 1, "columns of chunks differ in length")
        need(len(t["part.path"]) == len(t["part.flags"]) == len(t["part.chunks"]), "columns of parts differ")
        need(max(t["part.flags"], default=0) < 2, "parts are inflated, or of a kind unknown here")
        need(sum(t["part.chunks"]) == len(t["sequence"]), "the sequence does not match the parts")
        need(all(row < len(chunks[0]) for row in t["sequence"]), "the sequence leaves the table")
        sizes = [layer["size"] for layer in self.layers[1:]]
        for _, plain, stored, pack, offset, codec, _ in zip(*chunks, strict=True):
            need(pack < len(sizes) and offset + stored <= sizes[pack], "a chunk outside of its pack")
            need(plain == stored if codec == 0 else plain <= MAX_CHUNK >= stored, "a forbidden size")
        check_paths(t["part.path"])
        return t

    @cached_property
    def parts(self) -> dict[str, Part]:
        t, at, parts = self.index, 0, {}
        for path, flags, count in zip(t["part.path"], t["part.flags"], t["part.chunks"], strict=True):
            rows = t["sequence"][at : at + count]
            parts[path] = Part(path, bool(flags & 1), sum(t["chunk.plain"][row] for row in rows), rows)
            at += count
        return parts

    @cached_property
    def tensors(self) -> dict[str, tuple[str, str, tuple[int, ...], int, int]]:
        t, at, tensors = self.index, 0, {}
        columns = [t["tensor." + n] for n in ("name", "part", "dtype", "rank", "start", "size")]
        for name, part, dtype, rank, start, size in zip(*columns, strict=True):
            path = t["part.path"][part]
            need(start + size <= self.parts[path].size and name not in tensors, f"the tensor {name}")
            tensors[name] = (path, dtype, tuple(t["tensor.dim"][at : at + rank]), start, size)
            at += rank
        need(at == len(t["tensor.dim"]), "dimensions do not add up")
        return tensors

    def chunk(self, row: int) -> bytes:
        t, start = self.index, self.index["chunk.offset"][row]
        stored = self.packs[t["chunk.pack"][row]][start : start + t["chunk.stored"][row]]
        need(xxh3_64_intdigest(stored) == t["chunk.check"][row], "a chunk fails its checksum")
        codec, size, base = t["chunk.codec"][row], t["chunk.plain"][row], t.get("chunk.base", {row: 0})[row]
        need(codec < 4 and (codec == 3) == (base > 0) and base <= row, "an unknown codec, or no base")
        plain = (lambda s, _: s, unzstd, planes, delta)[codec](stored, self.chunk(base - 1) if base else size)
        need(len(plain) == size, "a chunk of another size")
        need(blake3(plain).digest() == t["chunk.id"][row], "a chunk is not what its id says")
        return plain

    def read(self, path: str) -> bytes:
        return b"".join(self.chunk(row) for row in self.parts[path].rows)

    def content(self) -> str:
        hasher = blake3()
        for part in sorted(self.parts.values(), key=lambda p: p.path.encode()):
            path = part.path.encode()
            hasher.update(struct.pack("<I", len(path)) + path)
            hasher.update(struct.pack("<BQ", part.executable, len(part.rows)))
            for row in part.rows:
                hasher.update(self.index["chunk.id"][row] + struct.pack("<Q", self.index["chunk.plain"][row]))
        return "blake3:" + hasher.hexdigest()

    def verify(self) -> None:
        for row in range(len(self.index["chunk.id"])):
            self.chunk(row)
        for pack in self.packs:
            if pack.endswith(b"casregP0"):
                trailer(pack)
        need(self.content() == self.head["content"], "the content digest differs")
        need(sum(p.size for p in self.parts.values()) == self.head["size"], "the head's size differs")
        need(sum(map(len, self.packs)) == self.head["storedSize"], "the head's stored size differs")
        need(len(self.parts) == self.head["parts"], "the head's number of parts differs")
        assert self.tensors is not None


def check_paths(paths: list[str]) -> None:
    files = {path for path in paths if not path.endswith("/")}
    need(len({path.rstrip("/") for path in paths}) == len(paths), "a path twice")
    for path in paths:
        steps = path.removesuffix("/").split("/")
        need("\0" not in path and "\\" not in path and not {"", ".", ".."} & set(steps), f"the path {path!r}")
        need(files.isdisjoint("/".join(steps[:i]) for i in range(1, len(steps))), f"{path} inside of a file")


class Store:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.config = json.loads((root / "casreg.json").read_bytes())
        need(self.config["format"] == 0, f"format {self.config['format']}")
        need(set(self.config["features"]["reader"]) <= {"planes", "delta", "inflated"}, "unknown features")
        later = sorted((root / "settings").glob("*"))
        self.settings = json.loads(later[0].read_bytes()) if later else self.config["settings"]

    def blob(self, digest: str) -> bytes:
        need((path := self._root / "blobs" / "sha256" / digest).is_file(), f"blob {digest} is missing")
        return path.read_bytes()

    def names(self) -> list[str]:
        names = (unescape(folder.name) for folder in (self._root / "refs").glob("*"))
        return sorted(name for name in names if any(self._alive(name)))

    def versions(self, name: str) -> list[str]:
        return [version for version, _ in self._alive(name)]

    def open(self, name: str, version: str | None = None) -> Version:
        for found, path in self._alive(name):
            if version in (None, found):
                return Version(self, path.read_bytes())
        raise KeyError(f"{name}@{version or 'latest'}")

    def _alive(self, name: str) -> Iterator[tuple[str, Path]]:
        seen = set()
        for path in sorted((self._root / "refs" / escape(name)).glob("*"), key=lambda p: p.name):
            key, _, generation = path.name.partition(",")
            need(number(generation) >= 1, f"no generation: {generation}")
            if key not in seen and path.stat().st_size:
                yield version_of(key), path
            seen.add(key)
