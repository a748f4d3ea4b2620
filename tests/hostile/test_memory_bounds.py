"""Bombs are refused, or fail, within the memory that a reader was given: a child with little of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bombs import BOMBS

ALLOWED = 300 << 20
"""Bytes of address space beyond what the imports take."""
TOLD = {
    "empty names": "Corrupt the index's columns of parts",
    "ranks": "Corrupt the index names a tensor of a part twice",
    "a frame of zeros": "Corrupt a table of",
    "a long sequence": "NoSpace evil@1 takes 2199023255552 bytes",
    "bad layers": "Corrupt not a manifest",
    "a chunk of gigabytes": "NoSpace evil@1 takes 4294967295 bytes",
    "one array again and again": "Corrupt value.json names 'w' twice",
    "arrays over each other": "Corrupt arrays of arrays.safetensors overlap",
    "a deep value": "InvalidInput the value is nested",
    "planes of zeros": "Corrupt a zstd frame",
}
CHILD = f"""
import gc, re, resource
import zstandard, numpy
from bombs import BOMBS
from casreg import CasregError, Registry
from casreg.stores.memory import MemoryStore

free = resource.getrlimit(resource.RLIMIT_AS)
for name, bomb in BOMBS.items():
    store = MemoryStore()
    Registry(store, version_objects=True).save("good", {{"w": numpy.arange(1000)}})
    bomb(store)
    gc.collect()
    used = int(re.search(r"VmSize:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) << 10
    resource.setrlimit(resource.RLIMIT_AS, (used + {ALLOWED}, free[1]))
    registry = Registry(store, memory=64 << 20)
    try:
        registry.load("evil")
    except CasregError as error:
        print(name, "->", type(error).__name__, str(error)[:200])
    found = registry.fsck(hashes=False)
    assert all(finding.harmless or finding.name == "evil" for finding in found), found
    assert len(registry.load("good")["w"]) == 1000
    resource.setrlimit(resource.RLIMIT_AS, free)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps RLIMIT_AS")
def test_no_bomb_takes_more_than_a_reader_may_spend() -> None:
    place = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parent)])
    run = subprocess.run(
        [sys.executable, "-c", CHILD],
        env={**os.environ, "PYTHONPATH": place, "MALLOC_ARENA_MAX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    told = dict(line.split(" -> ", 1) for line in run.stdout.splitlines())
    assert told.keys() == TOLD.keys() == BOMBS.keys()
    assert {name: told[name].startswith(text) for name, text in TOLD.items()} == dict.fromkeys(TOLD, True)
