"""casreg itself."""

from __future__ import annotations

import sys

from tools.bench.peers.protocol import Place, Running
from tools.bench.peers.worker import Worker


class Casreg:
    def __init__(self, name: str, label: str, durability: str) -> None:
        self.name, self.label, self._durability = name, label, durability
        self.how = f"Registry.save of the file, checkout; durability={durability}"

    def install(self, place: Place) -> None:
        """It is what runs the benchmark."""

    def start(self, place: Place) -> Running:
        options = {"durability": self._durability, "cache_dir": str(place.scratch_for(self.name))}
        return Worker(sys.executable, "tools.bench.peers.workers.ours", options)
