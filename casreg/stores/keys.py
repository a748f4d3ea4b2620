"""What may be asked of a store: one cheap check each for keys, prefixes and ranges.

Keys come from the layers above, which parse whatever a user typed. These checks are the second wall:
no key leads out of a store, whatever happens above.
"""

from __future__ import annotations

from casreg.errors import InvalidInput

_BAD_SEGMENTS = frozenset(("", ".", ".."))


def check_key(key: str) -> None:
    """Raise InvalidInput unless ``key`` is ASCII, relative, and without empty, ``.`` or ``..`` segments."""
    if not _BAD_SEGMENTS.isdisjoint(key.split("/")) or not _plain(key):
        raise InvalidInput(f"not a key: {key[:200]!r}", key=key)


def check_prefix(prefix: str) -> None:
    """Raise InvalidInput unless a key can start with ``prefix``, which may end inside a segment."""
    folders, slash, _ = prefix.rpartition("/")
    if (slash and not _BAD_SEGMENTS.isdisjoint(folders.split("/"))) or not _plain(prefix):
        raise InvalidInput(f"no key starts with {prefix[:200]!r}", prefix=prefix)


def check_range(key: str, start: int, stop: int | None = None) -> None:
    """Raise InvalidInput for negative positions, which Python would count from the end."""
    if start < 0 or (stop is not None and stop < 0):
        raise InvalidInput(f"a range of {key} begins and ends at or after 0, not {start}:{stop}", key=key)


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
