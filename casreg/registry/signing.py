"""Who writes: what history says of the author of a state, and of the machine."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from casreg import default
from casreg.errors import InvalidInput
from casreg.models.written import MAX_WHO, Signature


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs what one Registry writes."""

    now: Callable[[], datetime]
    author: str | None
    host: str | None

    @classmethod
    def of(cls, given: str | bool | None, now: Callable[[], datetime]) -> Self:
        """By ``author=`` of a Registry, else by ``CASREG_AUTHOR``; neither author nor host for False and "".

        Raises InvalidInput for what can be no author.
        """
        author = default.author() if given is None or given is True else given
        if author is False or author == "":
            return cls(now, None, None)
        return cls(now, default.user() if author is None else _checked(author), default.host())

    def __call__(self) -> Signature:
        """A fresh one, for one state."""
        return {
            "created": self.now(),
            "write": secrets.token_hex(16),
            "author": self.author,
            "host": self.host,
        }


def _checked(author: object) -> str:
    if not isinstance(author, str):
        raise InvalidInput(f"author={author!r}: a name, or False for neither author nor host in the history")
    if len(author) > MAX_WHO or not author.isprintable():  # what UTF-8 cannot carry is not printable, too
        raise InvalidInput(f"author={author[:80]!r}: printable, {MAX_WHO} characters at most")
    return author
