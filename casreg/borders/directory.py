"""The central directory of a zip archive (PKWARE APPNOTE 6.3, zip64 included)."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final

from casreg.borders.layout import MAX_TENSORS, Malformed
from casreg.borders.window import Window

_LOCAL: Final = Struct("<4s5H3I2H")
_CENTRAL: Final = Struct("<4s6H3I5H2I")
_END: Final = Struct("<4s4H2IH")
_LOCATOR: Final = Struct("<4sIQI")
_END64: Final = Struct("<4sQ2H2I4Q")
_ENCRYPTED: Final = 1
_DEFLATED: Final = 8
_UTF8: Final = 1 << 11
_FULL: Final = 0xFFFFFFFF
_TAIL: Final = _END64.size + _LOCATOR.size + _END.size


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive."""

    name: str
    plain: bool
    """Whether it is stored as it is: neither compressed nor encrypted."""
    header: int
    """Where its local header begins."""
    start: int
    """Where its data begins."""
    end: int
    full: int | None = None
    """Of one that is deflated and not encrypted how many bytes that were, as the archive says."""


@dataclass(frozen=True, slots=True)
class _Entry:
    raw_name: bytes
    name: str
    method: int
    encrypted: bool
    size: int
    full: int
    header: int


class Directory:
    """The entries of an archive, of which only the directory was read yet."""

    def __init__(self, window: Window, start: int, entries: list[_Entry]) -> None:
        self._window = window
        self._entries = entries
        self.start = start
        """Where the central directory begins."""
        self.names = [entry.name for entry in entries]

    def members(self) -> list[Member]:
        """The members in the order of the file; reads each one's local header.

        Raises Malformed if members overlap, or reach into the directory.
        """
        found: list[Member] = []
        reached = 0
        for entry in sorted(self._entries, key=lambda entry: entry.header):
            if entry.header < reached:
                raise Malformed("members overlap")
            name_at = entry.header + _LOCAL.size
            local = self._window.take(entry.header, name_at + len(entry.raw_name))
            magic, _, _, method, _, _, _, _, _, name_size, extra_size = _LOCAL.unpack_from(local)
            if (magic, method, local[_LOCAL.size :]) != (b"PK\x03\x04", entry.method, entry.raw_name):
                raise Malformed("a local header contradicts the directory")
            if name_size != len(entry.raw_name):
                raise Malformed("a local header contradicts the directory")
            start = name_at + name_size + extra_size
            reached = start + entry.size
            if reached > self.start:
                raise Malformed("a member reaches into the directory")
            plain = entry.method == 0 and not entry.encrypted
            full = entry.full if entry.method == _DEFLATED and not entry.encrypted else None
            found.append(Member(entry.name, plain, entry.header, start, reached, full))
        return found


def members(window: Window) -> Directory:
    """The archive that fills the window. Raises Malformed if its directory is not what its end says."""
    start, stop, count = _extent(window)
    if count > MAX_TENSORS or count * _CENTRAL.size > stop - start:
        raise Malformed("more members than the directory can hold")
    data = window.take(start, stop)
    entries = []
    at = 0
    for _ in range(count):
        entry, at = _entry(data, at)
        entries.append(entry)
    if at != len(data) or len({entry.name for entry in entries}) != count:
        raise Malformed("the directory is longer than its entries, or names one twice")
    return Directory(window, start, entries)


def _extent(window: Window) -> tuple[int, int, int]:
    """Where the directory begins and ends, and how many entries it has."""
    at = _end(window)
    tail_start = max(0, at - _END64.size - _LOCATOR.size)
    tail = window.take(tail_start, at + _END.size)
    _, disk, first_disk, here, count, size, start, _ = _END.unpack_from(tail, at - tail_start)
    stop = at
    locator_at = at - tail_start - _LOCATOR.size
    if locator_at >= 0 and tail[locator_at : locator_at + 4] == b"PK\x06\x07":
        _, disk, stop, disks = _LOCATOR.unpack_from(tail, locator_at)
        if disk or disks > 1 or stop != at - _LOCATOR.size - _END64.size:
            raise Malformed("a misplaced zip64 record")
        magic, length, _, _, disk, first_disk, here64, count64, size64, start64 = _END64.unpack_from(tail)
        if magic != b"PK\x06\x06" or length != _END64.size - 12:
            raise Malformed("not a zip64 record")
        if count not in (count64, 0xFFFF) or size not in (size64, _FULL) or start not in (start64, _FULL):
            raise Malformed("two ends that contradict each other")
        here, count, size, start = here64, count64, size64, start64
    if disk or first_disk or here != count or start + size != stop:
        raise Malformed("the directory does not end where the archive does")
    return start, stop, count


def _end(window: Window) -> int:
    """Where the end record begins: after it comes its comment, and nothing else."""
    for span in (_TAIL, _END.size + 0xFFFF):
        first = max(0, window.size - span)
        tail = window.take(first, window.size)
        at = tail.rfind(b"PK\x05\x06")
        while at >= 0:
            if at + _END.size + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail):
                return first + at
            at = tail.rfind(b"PK\x05\x06", 0, at)
    raise Malformed("no end of a directory")


def _entry(data: bytes, at: int) -> tuple[_Entry, int]:
    """The entry at ``at``, and where the next one begins."""
    if at + _CENTRAL.size > len(data):
        raise Malformed("the directory ends early")
    (
        magic,
        _,
        _,
        flags,
        method,
        _,
        _,
        _,
        size,
        full_size,
        name_size,
        extra_size,
        comment_size,
        disk,
        *_,
        header,
    ) = _CENTRAL.unpack_from(data, at)
    name_at = at + _CENTRAL.size
    extra_at = name_at + name_size
    end = extra_at + extra_size + comment_size
    if magic != b"PK\x01\x02" or end > len(data) or disk not in (0, 0xFFFF):
        raise Malformed("not an entry of a directory")
    if _FULL in (size, full_size, header):
        extra = data[extra_at : extra_at + extra_size]
        full_size, size, header = _wide(extra, (full_size, size, header))
    if method == 0 and size != full_size and not flags & _ENCRYPTED:
        raise Malformed("a member that is not compressed has two sizes")
    raw_name = data[name_at:extra_at]
    try:
        name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError as error:
        raise Malformed("a name is not UTF-8") from error
    return _Entry(raw_name, name, method, bool(flags & _ENCRYPTED), size, full_size, header), end


def _wide(extra: bytes, values: tuple[int, ...]) -> list[int]:
    """``values``, those that are all ones taken from the zip64 field, which has only them."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = (
            int.from_bytes(extra[at : at + 2], "little"),
            int.from_bytes(extra[at + 2 : at + 4], "little"),
        )
        at += 4
        if kind == 1:
            numbers = iter(
                [int.from_bytes(extra[i : i + 8], "little") for i in range(at, at + length - 7, 8)]
            )
            wide = [next(numbers, None) if value == _FULL else value for value in values]
            if at + length <= len(extra) and None not in wide:
                return [value for value in wide if value is not None]
            break
        at += length
    raise Malformed("a wide number is missing")
