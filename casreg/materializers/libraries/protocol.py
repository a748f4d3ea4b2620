"""What casreg knows of a library's objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from casreg.trust import Trust


class Library(Protocol):
    """Objects as plain values and arrays, and back."""

    def word(self, obj: object) -> str | None:
        """The kind of an object, None for one of others; cheap."""

    def describe(self, obj: Any, kind: str, params: Mapping[str, Any]) -> Any:
        """What an object is made of: a value that trees keep, in which are other objects as they are. Raises
        InvalidInput, without the place, for what would not be the same again."""

    def rebuild(self, kind: str, state: Any, params: Mapping[str, Any], trust: Trust) -> Any:
        """The object. Raises Corrupt, or whatever comes of it, for what no :meth:`describe` gave; Unsafe for
        what may not be loaded without the caller's word."""
