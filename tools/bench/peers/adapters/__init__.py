"""The tools, by the name that ``--tool`` takes, in the order of the tables."""

from __future__ import annotations

from tools.bench.peers.adapters.borg import Borg
from tools.bench.peers.adapters.copy import Copy
from tools.bench.peers.adapters.mindtrace import Mindtrace
from tools.bench.peers.adapters.ours import Casreg
from tools.bench.peers.adapters.restic import Restic
from tools.bench.peers.adapters.zipnn import Zipnn
from tools.bench.peers.protocol import Tool

BASELINE = "cp"
"""Times are given as multiples of this one's."""
_TOOLS: tuple[Tool, ...] = (
    Casreg("casreg", "casreg", "fsync"),
    Casreg("casreg-none", "casreg, not flushed", "none"),
    Zipnn(),
    Borg(),
    Restic(),
    Mindtrace(),
    Copy(),
)
ALL: dict[str, Tool] = {tool.name: tool for tool in _TOOLS}
