"""One segment of a key for any text, reversibly (spec/keys.md).

The result holds ``a-z 0-9 - _ . %`` only: no upper case (disks that fold case), no separator, no
non-ASCII (disks that normalise), no name that Windows reserves.
"""

from __future__ import annotations

import re
from typing import Final

from casreg.errors import InvalidInput

MAX_BYTES: Final = 200
_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")
_TABLE: Final = [chr(b) if b in _PLAIN else f"%{b:02x}" for b in range(256)]
_PLAIN_TEXT = re.compile(r"[a-z0-9_-]([a-z0-9_.-]*[a-z0-9_-])?")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_ALMOST_RESERVED = re.compile(r"[acnpl].{0,3}")
_CODE = re.compile(r"%([0-9a-f]{2})")


def escape(text: str) -> str:
    """Raises InvalidInput when ``text`` is not encodable, or its segment is longer than 200 bytes."""
    if _PLAIN_TEXT.fullmatch(text):
        segment = text
    else:
        segment = _escaped(text)
        if segment[-1:] == ".":
            segment = segment[:-1] + "%2e"
    if _RESERVED.fullmatch(segment):
        segment = f"%{ord(segment[0]):02x}{segment[1:]}"
    if len(segment) > MAX_BYTES:
        raise InvalidInput(f"{text[:40]!r}... takes {len(segment)} bytes as a key, {MAX_BYTES} at most")
    return segment


def beginning(text: str) -> str:
    """What the segments of all texts that begin with ``text`` begin with; of a short one that may be nothing.

    Raises InvalidInput when ``text`` is not encodable.
    """
    segment = _escaped(text.rstrip("."))
    return "" if _ALMOST_RESERVED.fullmatch(segment) or _RESERVED.fullmatch(segment) else segment


def _escaped(text: str) -> str:
    """But for what depends on the end of the text."""
    try:
        segment = "".join([_TABLE[b] for b in text.encode("utf-8")])
    except UnicodeEncodeError:
        raise InvalidInput(f"{text[:80]!r} holds characters that UTF-8 cannot carry") from None
    # A leading or trailing dot means something to file systems.
    return "%2e" + segment[1:] if segment[:1] == "." else segment


def unescape(segment: str) -> str:
    """The text that :func:`escape` turned into ``segment``; InvalidInput for any other segment."""
    if "%" not in segment:
        text = segment
    else:
        raw = _CODE.sub(lambda m: chr(int(m[1], 16)), segment)
        try:
            text = raw.encode("latin-1").decode("utf-8")
        except UnicodeError:
            raise InvalidInput(f"not an escaped segment: {segment[:80]!r}") from None
    if escape(text) != segment:
        raise InvalidInput(f"not an escaped segment: {segment[:80]!r}")
    return text
