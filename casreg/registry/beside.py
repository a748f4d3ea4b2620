"""What is said of versions beside their refs: what is noted of them."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

from casreg import notes
from casreg.models.ref import Ref
from casreg.names import Name, Version
from casreg.stores.protocol import Store


class Beside(NamedTuple):
    """A listing each, of one version, of a name's, or of all."""

    noted: notes.Listed

    @classmethod
    def version(cls, store: Store, name: Name, version: Version) -> Self:
        return cls(notes.listed_of_version(store, name, version))

    @classmethod
    def name(cls, store: Store, name: Name) -> Self:
        return cls(notes.listed_of_name(store, name))

    @classmethod
    def all(cls, store: Store, beginning: str = "") -> Self:
        """Of the names whose keys have this ``beginning``."""
        return cls(notes.listed(store, beginning))

    def facts(self, name: Name, version: Version, ref: Ref) -> dict[str, Any]:
        """Of a version, for ``info``; reads what is noted of it."""
        return {"notes": self.noted.of(name, version, ref.manifest.digest)}
