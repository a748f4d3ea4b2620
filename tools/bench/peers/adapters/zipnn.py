"""ZipNN: a compressor for weights, without versions."""

from __future__ import annotations

import sys

from tools.bench.peers.install import environment, make_environment
from tools.bench.peers.protocol import Place, Running
from tools.bench.peers.worker import Worker

_REQUIREMENTS = ("zipnn==0.5.4",)


class Zipnn:
    name = "zipnn"
    label = "ZipNN"
    how = "read, compress, write and fsync a file for each version, told the dtype; decompress, write"

    def install(self, place: Place) -> None:
        make_environment(place, self.name, sys.executable, _REQUIREMENTS)

    def start(self, place: Place) -> Running:
        return Worker(environment(place, self.name, _REQUIREMENTS), "tools.bench.peers.workers.zipnn", {})
