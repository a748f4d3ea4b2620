"""Compressors that keep a file for each version, at work in interpreters of their own."""

from __future__ import annotations

import sys

from tools.bench.peers.adapters.zipnn import _REQUIREMENTS as _ZIPNN
from tools.bench.peers.adapters.zipnn import Zipnn
from tools.bench.peers.install import environment, make_environment
from tools.bench.peers.protocol import Place, Running
from tools.bench.peers.worker import Worker

_WORKERS = "tools.bench.checkpoints.workers"
_Z4AI = ("z4ai==0.2.0",)
_CHAIN = "each version against the one before it, all of them decoded to load the last; flushes"


class ZipnnDelta:
    """Beside :class:`Zipnn`, whose environment it shares."""

    name = "zipnn-delta"
    label = "ZipNN, delta"
    how = f"ZipNN with delta_compressed_type=byte, {_CHAIN}"

    def install(self, place: Place) -> None:
        Zipnn().install(place)

    def start(self, place: Place) -> Running:
        return Worker(environment(place, Zipnn.name, _ZIPNN), f"{_WORKERS}.zipnn_delta", {})


class Z4ai:
    def __init__(self, name: str, label: str, how: str, delta: bool) -> None:
        self.name, self.label, self.how, self._delta = name, label, how, delta

    def install(self, place: Place) -> None:
        make_environment(place, "z4ai", sys.executable, _Z4AI)

    def start(self, place: Place) -> Running:
        return Worker(environment(place, "z4ai", _Z4AI), f"{_WORKERS}.z4ai", {"delta": self._delta})


Z4AI = Z4ai("z4ai", "z4ai", "its form for safetensors, else compress told the dtype; flushes", delta=False)
Z4AI_DELTA = Z4ai(
    "z4ai-delta", "z4ai, delta", f"model_delta for safetensors, else compress_delta, {_CHAIN}", delta=True
)
