"""Tags: movable names for versions."""

from __future__ import annotations

import re
from typing import Final, Self

from casreg.errors import InvalidInput
from casreg.names.escape import escape, unescape
from casreg.names.plain import plain
from casreg.names.version import LATEST, Version

MAX_TAG: Final = 128
"""Characters; as OCI has it."""
_FORM = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{MAX_TAG - 1}}}")


class Tag(str):
    """``prod``, ``v2-rc1``: a string that is neither a version nor ``latest``, which is computed."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: object) -> Self:
        """Raises InvalidInput, saying why ``text`` can be no tag."""
        if isinstance(text, cls):
            return text
        if not isinstance(text, str):
            raise InvalidInput(f"a tag is a string such as 'prod', not {type(text).__name__}")
        text = plain(text)
        if text == LATEST:
            raise InvalidInput("'latest' is computed, and no tag can be called that")
        if Version.is_version(text):
            raise InvalidInput(f"{text[:80]!r} is a version: a tag has a letter that no version has")
        if not _FORM.fullmatch(text):
            raise InvalidInput(
                f"{text[:80]!r} is no tag: letters, digits, '.', '_' and '-', {MAX_TAG} at most, "
                "the first of them a letter, a digit or '_'"
            )
        tag = cls(text)
        escape(tag)  # as a key it may be too long
        return tag

    @property
    def key(self) -> str:
        return escape(self)

    @classmethod
    def from_key(cls, segment: str) -> Self:
        """The tag whose ``key`` is ``segment``; InvalidInput if no tag has it."""
        return cls.parse(unescape(segment))
