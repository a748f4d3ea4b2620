"""What every reading call takes: ``name``, ``name@version``, ``name@tag``, ``name@sha256:<digest>``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from casreg.digest import Digest
from casreg.errors import InvalidInput
from casreg.names.name import Name
from casreg.names.plain import plain
from casreg.names.tag import Tag
from casreg.names.version import LATEST, Version


@dataclass(frozen=True, slots=True)
class Reference:
    """A name and what selects one of its versions; no selector is ``latest``."""

    name: Name
    selector: Version | Digest | Tag | None = None

    @classmethod
    def parse(cls, text: str, version: object = None) -> Self:
        """Raises InvalidInput when both ``text`` and ``version`` select, or either is malformed."""
        if not isinstance(text, str):
            raise InvalidInput(f"a reference is a string such as 'name@version', not {type(text).__name__}")
        name, at, selector = plain(text).partition("@")
        if at and version not in (None, LATEST):
            raise InvalidInput(
                f"{text[:120]!r} names a version already, and version={version!r} was given too"
            )
        chosen = selector if at else version
        return cls(Name.parse(name), _selector(chosen) if chosen is not None else None)

    def __str__(self) -> str:
        return str(self.name) if self.selector is None else f"{self.name}@{self.selector}"


def _selector(text: object) -> Version | Digest | Tag | None:
    if not isinstance(text, str) or not text:
        raise InvalidInput(f"a version is a string such as '1.2', not {text!r}")
    text = plain(text)
    if text == LATEST:
        return None
    if text.startswith("sha256:"):
        return Digest.parse(text)
    if Version.is_version(text):
        return Version.parse(text)
    return Tag.parse(text)
