"""How a store numbers versions: freely, with a fixed count of parts, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from casreg.commit import FIRST
from casreg.errors import InvalidInput
from casreg.models.store import Settings
from casreg.names import LATEST, Reference, Version


@dataclass(frozen=True, slots=True)
class Numbering:
    """By the settings ``versioned`` and ``version_digits``."""

    versioned: bool
    digits: int | None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.versioned, settings.version_digits)

    @property
    def first(self) -> Version:
        """``1``, with three parts ``1.0.0``; of an unversioned store the only one."""
        return self._full(FIRST)

    def saved(self, version: object) -> Version | None:
        """Where a save goes that was given ``version``; None for the next number. An unversioned store has
        one place, whatever is given.

        Raises InvalidInput for what is no version, and for "latest".
        """
        if not self.versioned:
            return self.first
        if version == LATEST:
            raise InvalidInput("'latest' is computed: save with version=None for the next number")
        return None if version is None else self._full(Version.parse(version))

    def copied(self, version: object) -> Version:
        """Where a copy goes of what is ``version`` elsewhere. Raises InvalidInput."""
        return self._full(Version.parse(version)) if self.versioned else self.first

    def read(self, name: str, version: object = None) -> Reference:
        """What is read by ``name``, a reference, and ``version``: in an unversioned store any number means
        the only one, as it did when it was saved. Raises InvalidInput."""
        reference = Reference.parse(name, version)
        if isinstance(reference.selector, Version):
            only = self._full(reference.selector) if self.versioned else self.first
            return replace(reference, selector=only)
        return reference

    def deleted(self, name: str, version: object = None) -> Reference:
        """What is deleted by ``name``, a reference, and ``version``: exactly that. Raises InvalidInput."""
        reference = Reference.parse(name, version)
        if version == LATEST or name.endswith("@" + LATEST):
            raise InvalidInput("'latest' is computed: name the version to be deleted")
        if isinstance(reference.selector, Version):
            return replace(reference, selector=self._full(reference.selector))
        return reference

    def _full(self, version: Version) -> Version:
        parts = version.split(".")
        if self.digits is None or len(parts) == self.digits:
            return version
        if len(parts) > self.digits:
            raise InvalidInput(f"{version} has {len(parts)} parts, in this store versions have {self.digits}")
        return Version.parse(".".join([*parts, *["0"] * (self.digits - len(parts))]))
