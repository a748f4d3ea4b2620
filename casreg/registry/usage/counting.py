"""What is counted of blobs, versions and history, as they are met."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from casreg.registry.usage.distinct import Distinct
from casreg.registry.usage.holdings import Tables

_NOBODY: Final = -1
_SEVERAL: Final = -2
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: tells the copies of a chunk in several packs apart."""


class Blobs:
    """Every blob that a ref reaches, and whether one version, or one name, alone has it."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._sizes: list[int] = []
        self._version: list[int] = []
        self._name: list[int] = []

    def __contains__(self, digest: str) -> bool:
        return digest in self._numbers

    def size(self, numbers: Iterable[int]) -> int:
        """Of blobs, all together."""
        return sum(map(self._sizes.__getitem__, numbers))

    def number(self, digest: str, size: int) -> int:
        """Of a blob; the same whenever it is met."""
        number = self._numbers.setdefault(digest, len(self._sizes))
        if number == len(self._sizes):
            self._sizes.append(size)
            self._version.append(_NOBODY)
            self._name.append(_NOBODY)
        return number

    def hold(self, number: int, version: int, name: int) -> None:
        """Note that a version that is there needs the blob."""
        for owners, owner in ((self._version, version), (self._name, name)):
            owners[number] = owner if owners[number] in (_NOBODY, owner) else _SEVERAL

    def held(self, number: int) -> bool:
        return self._version[number] != _NOBODY

    def of_one_version(self) -> dict[int, int]:
        """Bytes that one version alone needs, by its number."""
        return self._of_one(self._version)

    def of_one_name(self) -> dict[int, int]:
        return self._of_one(self._name)

    def _of_one(self, owners: list[int]) -> dict[int, int]:
        found: defaultdict[int, int] = defaultdict(int)
        for owner, size in zip(owners, self._sizes, strict=True):
            if owner >= 0:
                found[owner] += size
        return found


class Tally:
    """Of some versions that are there."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._needed: set[int] = set()
        self._packs: set[int] = set()
        self._chunks, self._copies = Distinct(), Distinct()
        self._versions = self._plain = self._refs = 0

    def add(self, ref: int, tables: Tables, needed: Iterable[int], packs: list[int]) -> None:
        """Count a version by the size of its ref, its tables, and the blobs that it needs; ``packs``: all of
        its packs, as the tables number them."""
        self._versions += 1
        self._plain += tables.plain
        self._refs += ref
        self._needed.update(needed)
        self._packs.update(packs)
        self._chunks.add(tables.ids[tables.used], tables.plains[tables.used])
        where = np.array(packs, np.uint64)[tables.packs]
        self._copies.add(tables.ids + where * _SPREAD, tables.stored)

    def figures(self) -> dict[str, Any]:
        """All of a :class:`Usage` that does not depend on who else needs what."""
        packed = self._blobs.size(self._packs)
        return {
            "versions": self._versions,
            "plain": self._plain,
            "distinct": self._chunks.size,
            "chunks": len(self._chunks),
            "live": min(self._copies.size, packed),
            "packs": len(self._packs),
            "packed": packed,
            "stored": self._refs + self._blobs.size(self._needed),
        }


class History:
    """Of refs that are history, by name."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._refs: defaultdict[str, int] = defaultdict(int)
        self._reached: defaultdict[str, set[int]] = defaultdict(set)

    def add(self, name: str, ref: int, reached: Iterable[int]) -> None:
        """Count a ref by its size and the blobs that it reaches."""
        self._refs[name] += ref
        self._reached[name].update(reached)

    def size(self, name: str | None = None) -> int:
        """What only history holds, that of ``name`` or all; known once every version that is there is."""
        names = self._reached if name is None else [name] if name in self._reached else []
        reached = set().union(*(self._reached[one] for one in names))
        alone = (number for number in reached if not self._blobs.held(number))
        return self._blobs.size(alone) + sum(self._refs[one] for one in names)
