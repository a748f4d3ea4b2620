"""The checkpoints of a name, as the store has them."""

from __future__ import annotations

from casreg.checkpoint.checkpoint import Checkpoint
from casreg.errors import Conflict
from casreg.registry import Registry


class Catalog:
    """Versions of ``name`` that a Saver made. What was read of a version once is remembered."""

    def __init__(self, reg: Registry, name: str) -> None:
        self._reg, self._name = reg, name
        self._known: dict[str, Checkpoint | None] | None = None
        """By version; None for one that no Saver made."""

    def look(self) -> list[Checkpoint]:
        """All of them, by rising step. One listing; reads of each version that is new, at first all."""
        if self._known is None:
            self._known = {
                version: Checkpoint.decode(version, facts["metadata"])
                for version, facts in self._reg.info(self._name).items()
            }
        else:
            known = self._known
            self._known = {
                version: known[version] if version in known else self.read(version)
                for version in self._reg.list_versions(self._name)
            }
        return self.remembered()

    def remembered(self) -> list[Checkpoint]:
        """As :meth:`look`, without those of other writers since the last look."""
        if self._known is None:
            return self.look()
        return sorted((c for c in self._known.values() if c is not None), key=lambda c: c.step)

    def read(self, version: str) -> Checkpoint | None:
        """One of them; None if there is no such version, or no Saver made it."""
        facts = self._reg.info(self._name, version)
        return Checkpoint.decode(version, facts["metadata"]) if facts else None

    def add(self, checkpoint: Checkpoint) -> None:
        """Remember one that was just saved."""
        if self._known is not None:
            self._known[checkpoint.version] = checkpoint

    def remove(self, checkpoint: Checkpoint) -> None:
        """Delete one from the store; one that is tagged or protected stays."""
        try:
            self._reg.delete(self._name, checkpoint.version)
        except Conflict:
            return
        if self._known is not None:
            self._known.pop(checkpoint.version, None)
