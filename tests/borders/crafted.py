"""Files made by hand, byte by byte, so that they can also be made wrong."""

import json
import struct
from dataclasses import dataclass, field
from typing import Any

U64_MAX = (1 << 64) - 1


def safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def npy(descr: str, data: bytes, shape: str = "(4,)", order: str = "False", version: int = 1) -> bytes:
    return npy_of(
        f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode(), data, version
    )


def npy_of(header: bytes, data: bytes, version: int = 1, length: int | None = None) -> bytes:
    header += b" " * 3 + b"\n"
    width = 2 if version == 1 else 4
    counted = (len(header) if length is None else length).to_bytes(width, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + counted + header + data


@dataclass
class File:
    """A member of an archive. What is None is as it should be."""

    name: str
    data: bytes
    method: int = 0
    flags: int = 0
    padding: int = 0
    size: int | None = None
    header: int | None = None
    local_name: str | None = None
    wide: bool = False
    descriptor: bytes = b""


def archive(
    files: list[File],
    *,
    wide: bool = False,
    comment: bytes = b"",
    count: int | None = None,
    start: int | None = None,
    size: int | None = None,
    record_at: int | None = None,
) -> bytes:
    """A zip archive; ``wide`` adds the records of zip64, which then say what is asked for."""
    body, directory = b"", b""
    for file in files:
        header = len(body) if file.header is None else file.header
        length = len(file.data) if file.size is None else file.size
        name, local_name = file.name.encode(), (file.local_name or file.name).encode()
        extra = b"FB" + struct.pack("<H", file.padding) + bytes(file.padding) if file.padding else b""
        body += (
            struct.pack(
                "<4s5H3I2H",
                b"PK\3\4",
                20,
                file.flags,
                file.method,
                0,
                0,
                0,
                0,
                0,
                len(local_name),
                len(extra),
            )
            + local_name
            + extra
            + file.data
            + file.descriptor
        )
        far = struct.pack("<2H3Q", 1, 24, length, length, header) if file.wide else b""
        numbers = (0xFFFFFFFF,) * 3 if file.wide else (length, length, header)
        directory += (
            struct.pack("<4s6H", b"PK\1\2", 20, 20, file.flags, file.method, 0, 0)
            + struct.pack("<3I5H2I", 0, *numbers[:2], len(name), len(far), 0, 0, 0, 0, numbers[2])
            + name
            + far
        )
    entries = len(files) if count is None else count
    begin = len(body) if start is None else start
    length = len(directory) if size is None else size
    result = body + directory
    if wide:
        at = len(result) if record_at is None else record_at
        result += struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, length, begin)
        result += struct.pack("<4sIQI", b"PK\6\7", 0, at, 1)
        numbers = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    else:
        numbers = (entries & 0xFFFF, entries & 0xFFFF, length & 0xFFFFFFFF, begin & 0xFFFFFFFF)
    return (
        result
        + struct.pack("<4s2H", b"PK\5\6", 0, 0)
        + struct.pack("<2H2IH", *numbers, len(comment))
        + comment
    )


@dataclass
class Rebuilt:
    """A tensor, as torch pickles it."""

    key: str
    count: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    storage: str = "torch\nFloatStorage"
    function: str = "torch._utils\n_rebuild_tensor_v2"
    more: tuple[Any, ...] = ()


@dataclass
class Called:
    """The outcome of a call, with the state that it is given."""

    function: str
    arguments: tuple[Any, ...]
    state: Any = None


@dataclass
class Class:
    name: str


@dataclass
class Raw:
    """Opcodes."""

    opcodes: bytes


@dataclass
class Ordered:
    items: dict[Any, Any] = field(default_factory=dict)


def pickled(value: Any) -> bytes:
    """A pickle of protocol 2."""
    return b"\x80\x02" + _opcodes(value) + b"."


def _opcodes(value: Any) -> bytes:
    match value:
        case Raw():
            return value.opcodes
        case None:
            return b"N"
        case bool():
            return b"\x88" if value else b"\x89"
        case int() if 0 <= value < 1 << 31:
            return b"J" + struct.pack("<i", value)
        case int():
            return b"\x8a\x09" + value.to_bytes(9, "little", signed=True)
        case float():
            return b"G" + struct.pack(">d", value)
        case str():
            return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
        case tuple():
            return b"(" + b"".join(map(_opcodes, value)) + b"t"
        case list():
            return b"](" + b"".join(map(_opcodes, value)) + b"e"
        case dict():
            return b"}" + _items(value)
        case Ordered():
            return b"ccollections\nOrderedDict\n)R" + _items(value.items)
        case Class():
            return b"c" + value.name.encode() + b"\n"
        case Called():
            made = _opcodes(Class(value.function)) + _opcodes(value.arguments) + b"R"
            return made if value.state is None else made + _opcodes(value.state) + b"b"
        case Rebuilt():
            identity = ("storage", Class(value.storage), value.key, "cpu", value.count)
            storage = Raw(_opcodes(identity) + b"Q")
            arguments = (storage, value.offset, value.shape, value.strides, False, Ordered(), *value.more)
            return _opcodes(Called(value.function, arguments))
        case _:
            raise TypeError(value)


def _items(value: dict[Any, Any]) -> bytes:
    return b"(" + b"".join(_opcodes(key) + _opcodes(item) for key, item in value.items()) + b"u"


def checkpoint(
    described: Any, storages: dict[str, bytes], byteorder: bytes | None = b"little", *, wide: bool = True
) -> bytes:
    """An archive as torch.save writes it; ``described`` may be the bytes of its pickle."""
    pickle = described if isinstance(described, bytes) else pickled(described)
    files = [File("archive/data.pkl", pickle)]
    if byteorder is not None:
        files.append(File("archive/byteorder", byteorder))
    for key, data in storages.items():
        files.append(
            File(f"archive/data/{key}", data, padding=13, flags=8, descriptor=b"PK\7\x08" + bytes(12))
        )
    return archive([*files, File("archive/version", b"3\n")], wide=wide)


@dataclass
class Info:
    """A tensor of a GGUF file; dimensions as the file has them, the fastest first."""

    name: str
    dims: tuple[int, ...]
    kind: int
    offset: int


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def pair(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def gguf(
    pairs: list[bytes],
    infos: list[Info],
    data: bytes,
    *,
    version: int = 3,
    alignment: int = 32,
    count: int | None = None,
    pair_count: int | None = None,
) -> bytes:
    front = b"GGUF" + struct.pack(
        "<IQQ",
        version,
        len(infos) if count is None else count,
        len(pairs) if pair_count is None else pair_count,
    )
    front += b"".join(pairs)
    for info in infos:
        front += text(info.name) + struct.pack(f"<I{len(info.dims)}Q", len(info.dims), *info.dims)
        front += struct.pack("<IQ", info.kind, info.offset)
    return front + bytes(-len(front) % alignment) + data


def varint(value: int) -> bytes:
    more, value = [], value & U64_MAX
    while value > 0x7F:
        more.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*more, value])


def proto(*fields: tuple[int, Any]) -> bytes:
    """A message: numbers as varints, texts and bytes as such, floats as fixed 64, lists as messages."""
    return b"".join(_field(number, value) for number, value in fields)


def _field(number: int, value: Any) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    content = (
        proto(*value) if isinstance(value, list) else value.encode() if isinstance(value, str) else value
    )
    return varint(number << 3 | 2) + varint(len(content)) + content


def onnx_tensor(name: str, kind: int, shape: tuple[int, ...], *data: tuple[int, Any]) -> list[Any]:
    return [*((1, n) for n in shape), (2, kind), (8, name), *data]


def onnx_external(name: str, kind: int, shape: tuple[int, ...], **told: Any) -> list[Any]:
    pairs = [(13, [(1, key), (2, str(value))]) for key, value in told.items()]
    return onnx_tensor(name, kind, shape, *pairs, (14, 1))


def onnx(*tensors: list[Any], graph: tuple[tuple[int, Any], ...] = (), model: tuple[Any, ...] = ()) -> bytes:
    held = [*((5, tensor) for tensor in tensors), *graph, (2, "graph")]
    return proto((1, 10), (2, "by hand"), (7, held), (8, [(1, ""), (2, 21)]), *model)
