"""What the core is told by its caller: limits and switches, never read from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Self

from casreg.errors import InvalidInput

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much memory and how many threads a save or a load may take."""

    memory: int = 512 * MIB
    """Bytes of buffers in flight, whatever the size of the object; at least 64 MiB."""
    max_pack: int = 64 * MIB
    """A pack is full at this many bytes."""
    workers: int = field(default_factory=lambda: max(2, min(8, os.cpu_count() or 2)))

    def __post_init__(self) -> None:
        if self.memory < 64 * MIB:
            raise InvalidInput(f"memory={self.memory} is too little: 64 MiB at least")

    @property
    def pack_size(self) -> int:
        """``max_pack``, less when memory is short."""
        return min(self.max_pack, self.memory // 8)

    @property
    def slab_size(self) -> int:
        """Sources are read, and destinations filled, in pieces of this size."""
        return min(8 * MIB, self.memory // 32)

    @property
    def slabs(self) -> int:
        """A quarter of the memory, and never too few to go on: batches under way, and the one being read.
        Packs take half of it at most, what batches are encoded to is the rest."""
        return max(self.memory // 4 // self.slab_size, self.ahead + 1)

    @property
    def ahead(self) -> int:
        """Batches under way at once."""
        return min(4, self.workers + 1)

    def split(self, tasks: int) -> tuple[int, Self]:
        """How many of ``tasks`` may go on at once, and the limits of each, all together within these."""
        count = max(1, min(tasks, 8, self.memory // (128 * MIB)))
        return count, replace(self, memory=self.memory // count, workers=max(1, self.workers // count))
