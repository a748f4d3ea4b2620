"""The tools of the comparison, by the name that ``--tool`` takes, in the order of the tables."""

from __future__ import annotations

from tools.bench.checkpoints.adapters.chains import Z4AI, Z4AI_DELTA, ZipnnDelta
from tools.bench.peers import adapters
from tools.bench.peers.protocol import Tool

_ALL: dict[str, Tool] = {**adapters.ALL, **{tool.name: tool for tool in (ZipnnDelta(), Z4AI, Z4AI_DELTA)}}
_ORDER = ("casreg", "zipnn", "zipnn-delta", "z4ai", "z4ai-delta", "borg", "restic", "mindtrace", "cp")
ALL: dict[str, Tool] = {name: _ALL[name] for name in _ORDER}
