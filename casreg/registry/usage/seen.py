"""All refs of a store, and who needs what of it."""

from __future__ import annotations

from array import array
from collections import defaultdict
from typing import Any

from casreg.names import Name
from casreg.registry.usage.counting import Blobs, History, Tally
from casreg.registry.usage.holdings import Holding


class Seen:
    """Holdings are added one by one; what only one version or name needs is known once all are."""

    def __init__(self) -> None:
        self.blobs = Blobs()
        self.history = History(self.blobs)
        self.versions = 0
        """How many that are there have been added; so they are numbered, from 0."""
        self._numbers: dict[Name, int] = {}
        self._refs: defaultdict[Name, int] = defaultdict(int)

    def add(self, holding: Holding) -> array[int]:
        """The numbers of the blobs that it needs, but for those that are inline in its ref."""
        state, size, current = holding.listed
        needed = array("Q", [self.blobs.number(blob.digest, blob.size) for blob in holding.blobs])
        if not current:
            self.history.add(state.name, size, needed)
            return needed
        name = self._numbers.setdefault(state.name, len(self._numbers))
        self._refs[state.name] += size
        for number in needed:
            self.blobs.hold(number, self.versions, name)
        self.versions += 1
        return needed

    def packs(self, holding: Holding) -> list[int]:
        """The numbers of its packs, in the order of its index."""
        return [self.blobs.number(pack.digest, pack.size) for pack in holding.packs]

    def usage(self, tallies: dict[Name, Tally]) -> dict[Name, dict[str, Any]]:
        """The figures of names, sorted."""
        alone = self.blobs.of_one_name()
        return {
            name: {
                **tallies[name].figures(),
                "exclusive": self._refs[name] + alone.get(self._numbers[name], 0),
                "history": self.history.size(name),
            }
            for name in sorted(tallies)
        }
