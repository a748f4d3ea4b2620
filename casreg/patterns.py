"""Patterns of names, as ``only=`` takes them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from casreg.errors import NotFound


class Patterns:
    """Shell patterns (fnmatch) for names of steps joined by ``separator``; none at all match everything.

    A pattern matches a name, or what the name lies in: ``encoder`` and ``enc*`` match ``encoder.w``.
    """

    def __init__(self, patterns: Iterable[str], separator: str) -> None:
        self._patterns = tuple(patterns)
        self._separator = separator
        self._matched: set[str] = set()

    def match(self, name: str) -> bool:
        if not self._patterns:
            return True
        found = [pattern for pattern in self._patterns if self._matches(name, pattern)]
        self._matched.update(found)
        return bool(found)

    def require_all_matched(self, where: str) -> None:
        """Raise NotFound if a pattern has matched none of the names so far."""
        missing = [pattern for pattern in self._patterns if pattern not in self._matched]
        if missing:
            raise NotFound(f"nothing in {where} matches {', '.join(missing)}")

    def _matches(self, name: str, pattern: str) -> bool:
        return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}{self._separator}*")
