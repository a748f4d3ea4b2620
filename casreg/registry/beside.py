"""What is said of versions beside their refs: what is noted of them, tags, protection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from casreg import marks, notes
from casreg.marks import Marks
from casreg.models.ref import Ref
from casreg.names import Name, Version
from casreg.stores.protocol import Store


class Beside(NamedTuple):
    """Three listings, of one version, of a name's, or of all, and a read for each tag."""

    noted: notes.Listed
    marked: Mapping[Name, Marks]

    @classmethod
    def version(cls, store: Store, name: Name, version: Version) -> Self:
        marked = {name: marks.of_version(store, name, version)}
        return cls(notes.listed_of_version(store, name, version), marked)

    @classmethod
    def name(cls, store: Store, name: Name) -> Self:
        return cls(notes.listed_of_name(store, name), {name: marks.marks(store, name)})

    @classmethod
    def all(cls, store: Store, beginning: str = "") -> Self:
        """Of the names whose keys have this ``beginning``."""
        return cls(notes.listed(store, beginning), marks.all_marks(store, beginning))

    def facts(self, name: Name, version: Version, ref: Ref) -> dict[str, Any]:
        """Of a version, for ``info``; reads what is noted of it."""
        marked = self.marked.get(name, Marks())
        return {
            "notes": self.noted.of(name, version, ref.manifest.digest),
            "tags": [str(tag) for tag in marked.of(version)],
            "protected": version in marked.protected,
        }
