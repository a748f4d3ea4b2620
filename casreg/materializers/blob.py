"""bytes, bytearray, memoryview, and binary streams: one part, ``data``; all load as bytes or bytearray."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from casreg.errors import InvalidInput
from casreg.materializers import files
from casreg.materializers.protocol import Dumped, Request
from casreg.parts import Part, Source, Stream, in_memory
from casreg.snapshot import Snapshot
from casreg.trust import WARY, Trust

PATH: Final = "data"
_OF_FILES: Final = ("read", "readinto", "readable", "seek", "tell")


class BytesMaterializer:
    kind = "bytes"

    def accepts(self, obj: object) -> bool:
        return type(obj) in (bytes, bytearray, memoryview)

    def dump(self, obj: Any, params: Mapping[str, Any], trust: Trust = WARY) -> Dumped:
        try:
            data = in_memory(obj)
        except TypeError:
            raise InvalidInput("a memoryview must be contiguous to be saved") from None
        return Dumped([Part(PATH, data)], data.size)

    def load(self, snapshot: Snapshot, request: Request) -> Any:
        request.refuse(self.kind, only=request.only)
        part = snapshot.only_part()
        if request.into is not None:
            try:
                target = memoryview(request.into).cast("B")
            except TypeError:
                raise InvalidInput("into= must be a contiguous buffer") from None
            if target.readonly:
                raise InvalidInput("into= must be writable")
            if len(target) != part.size:
                raise InvalidInput(f"into= has {len(target)} bytes, the object {part.size}")
            snapshot.read_into(part.path, 0, [target])
            return request.into
        if snapshot.head.python_class == "builtins.bytearray":
            array = bytearray(part.size)
            snapshot.read_into(part.path, 0, [memoryview(array)])
            return array
        return snapshot.read(part.path)


class StreamMaterializer(BytesMaterializer):
    """What nothing else keeps, and reads as files do: with ``read`` or ``readinto``, and with ``readable``,
    or ``seek`` and ``tell``. A class that has a ``read`` of its own is no stream for it."""

    def accepts(self, obj: object) -> bool:
        has = {name for name in _OF_FILES if _calls(obj, name)}
        reads = "read" in has or "readinto" in has
        return reads and ("readable" in has or {"seek", "tell"} <= has) and not isinstance(obj, type)

    def reads(self, obj: object) -> bool:
        """Whether it has one verb of a stream's, at least."""
        return _calls(obj, "read")

    def dump(self, obj: Any, params: Mapping[str, Any], trust: Trust = WARY) -> Dumped:
        return Dumped([Part(PATH, Stream(lambda: _opened(obj), None))], None, False, bytes)


class FileAsBytes(BytesMaterializer):
    """What a file holds, rather than a file: for callers that choose it by themselves."""

    def accepts(self, obj: object) -> bool:
        return isinstance(obj, Path)

    def dump(self, obj: Path, params: Mapping[str, Any], trust: Trust = WARY) -> Dumped:
        stream = files.stream(obj)
        return Dumped([Part(PATH, stream)], stream.size, loads_as=bytes)


def _calls(obj: object, name: str) -> bool:
    try:
        return callable(getattr(obj, name, None))
    except Exception:  # noqa: BLE001  # whatever an object raises that stands for another, or for none
        return False


@contextmanager
def _opened(stream: Any) -> Iterator[Source]:
    if isinstance(stream, io.TextIOBase):
        raise InvalidInput("a stream must be binary: open the file with mode 'rb'")
    # Of a buffered stream one read of what is under it at a time: a pipe must not be waited for until
    # the whole buffer is full, in C code that no signal interrupts.
    for name in ("readinto1", "readinto"):
        readinto = getattr(stream, name, None)
        if callable(readinto):
            yield _Readinto(readinto)
            return
    yield _Read(stream.read)


class _Readinto:
    def __init__(self, readinto: Callable[[memoryview], int | None]) -> None:
        self._readinto = readinto

    def readinto(self, buffer: memoryview, /) -> int:
        count = self._readinto(buffer)
        if count is None:
            raise InvalidInput("a stream must be blocking")
        if not isinstance(count, int) or not 0 <= count <= len(buffer):
            raise InvalidInput(
                f"a stream was asked for at most {len(buffer)} bytes, and says it gave {count!r}"
            )
        return count


class _Read:
    """A stream that has only ``read``."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def readinto(self, buffer: memoryview, /) -> int:
        wanted = min(len(buffer), 1 << 20)
        try:
            data = self._read(wanted)
        except (TypeError, KeyError):
            raise InvalidInput(
                "the object has read(), but not one that takes a size: it is no stream"
            ) from None
        if not isinstance(data, bytes | bytearray | memoryview):
            raise InvalidInput(f"a stream must give bytes, this one gave {type(data).__name__}")
        view = memoryview(data).cast("B")
        if len(view) > wanted:
            raise InvalidInput(f"a stream was asked for at most {wanted} bytes, and gave {len(view)}")
        buffer[: len(view)] = view
        return len(view)
