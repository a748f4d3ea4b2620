"""Compressors that keep a file for each version, at work in interpreters of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.bench.peers.adapters.zipnn import _REQUIREMENTS as _ZIPNN
from tools.bench.peers.adapters.zipnn import Zipnn
from tools.bench.peers.install import environment, make_environment
from tools.bench.peers.protocol import Place, Running
from tools.bench.peers.worker import ROOT, Worker

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
        return _ChainWorker(environment(place, Zipnn.name, _ZIPNN), "zipnn_delta", {})


class Z4ai:
    def __init__(self, name: str, label: str, how: str, delta: bool) -> None:
        self.name, self.label, self.how, self._delta = name, label, how, delta

    def install(self, place: Place) -> None:
        make_environment(place, "z4ai", sys.executable, _Z4AI)

    def start(self, place: Place) -> Running:
        return _ChainWorker(environment(place, "z4ai", _Z4AI), "z4ai", {"delta": self._delta})


Z4AI = Z4ai("z4ai", "z4ai", "its form for safetensors, else compress told the dtype; flushes", delta=False)
Z4AI_DELTA = Z4ai(
    "z4ai-delta", "z4ai, delta", f"model_delta for safetensors, else compress_delta, {_CHAIN}", delta=True
)


class _ChainWorker(Worker):
    """A worker of this package (see workers.chain)."""

    def __init__(self, python: Path, module: str, options: Mapping[str, Any]) -> None:
        called = f"tools.bench.checkpoints.workers.{module}"
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", "-m", called, json.dumps(options)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.version: str = self._ask("version", {})["returned"]
