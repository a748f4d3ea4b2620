"""The name of an artifact."""

from __future__ import annotations

import re
from typing import Self

from casreg.errors import InvalidInput
from casreg.names.escape import escape, unescape
from casreg.names.plain import plain

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Name(str):
    """``team/detector``, ``my:model``, ``a_b``: a string, and the key segment it is stored under.

    ``:`` and ``/`` are ordinary separators: ``a:b`` and ``a/b`` are two names.
    """

    __slots__ = ("key",)
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises InvalidInput for what could mislead a person, a path or a reference."""
        if isinstance(text, cls):
            return text
        if not isinstance(text, str):
            raise InvalidInput(f"a name is a string, not {type(text).__name__}")
        text = plain(text)
        if problem := _problem(text):
            raise InvalidInput(f"{text[:80]!r} is no name: {problem}")
        return cls._made(text, escape(text))

    @classmethod
    def from_key(cls, segment: str) -> Self:
        """The name whose ``key`` is ``segment``; InvalidInput if no name has it."""
        text = unescape(segment)
        if problem := _problem(text):
            raise InvalidInput(f"{segment[:80]!r} is the key of no name: {problem}")
        return cls._made(text, segment)

    @classmethod
    def _made(cls, text: str, key: str) -> Self:
        self = cls(text)
        self.key = key
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str], dict[str, str]]:
        return type(self), (str(self),), {"key": self.key}

    def __setstate__(self, state: dict[str, str]) -> None:
        self.key = state["key"]


def _problem(text: str) -> str | None:
    if not text:
        return "it is empty"
    if "@" in text:
        return "'@' separates a name from its version"
    if _CONTROL.search(text):
        return "it holds a control character"
    if text != text.strip():
        return "it begins or ends with a space"
    if "\\" in text:
        return "it holds a backslash"
    for segment in text.split("/"):
        if not segment:
            return "a part between slashes is empty"
        if segment in (".", ".."):
            return f"{segment!r} is a path, not a name"
    return None
