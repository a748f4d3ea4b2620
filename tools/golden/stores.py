"""A whole store."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from casreg import Registry, default
from casreg.models.store import Settings
from casreg.names.version import descending
from casreg.stores.memory import MemoryStore
from tools.golden.inputs import TIME, counter, rows


def store(folder: Path) -> dict[str, Any]:
    """The store as files in ``folder``, and what a reader has to find in it."""
    tokens = (counter(f"token {i}", 64).hex() for i in range(1 << 20))
    secrets.token_hex = lambda size=32: next(tokens)[: 2 * size]
    default.now = lambda: TIME
    memory = MemoryStore(now=lambda: 0.0)
    with tempfile.TemporaryDirectory() as place:
        _fill(Registry(memory, version_objects=True, mutable=True, author=False), Path(place))
    memory.create(f"settings/{descending(1)}", Settings(versioned=True, mutable=True, grace=3600.0).encode())
    shutil.rmtree(folder, ignore_errors=True)
    for entry in memory.scan(""):
        path = folder / entry.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(memory.read(entry.key))
    with Registry(memory) as registry:
        return {"names": {name: _facts(registry, name) for name in registry.list_objects()}}


def _fill(registry: Registry, place: Path) -> None:
    registry.save("notes", rows(600), metadata={"note": "compressed, inline"})
    registry.save("notes", counter("notes", 100))
    registry.save("notes", b"to be deleted")
    registry.delete("notes", "3")
    registry.save("gone", b"")
    registry.delete("gone", "1")

    registry.save("Modèle:v", counter("first", 20), version="1.2")
    registry.save("Modèle:v", counter("second", 30), version="1.2")
    registry.save("Modèle:v", b"", version="01.10")
    registry.save("Modèle:v", b"oldest", version="v0.9")

    project = place / "project"
    (project / "bin").mkdir(parents=True)
    (project / "bin/run").write_bytes(b"#!/bin/sh\nexit 0\n")
    (project / "bin/run").chmod(0o755)
    (project / "empty").mkdir()
    (project / "weights").write_bytes(counter("weights", 60000))
    (project / "log.txt").write_bytes(rows(20000))
    registry.save("team/project", project)
    (project / "log.txt").write_bytes(rows(22000))
    registry.save("team/project", project)

    noise = place / "noise.bin"
    noise.write_bytes(counter("file", 100 << 10))
    registry.save("files/noise", noise)

    registry.save("array", np.arange(12, dtype="<i4").reshape(3, 4))
    registry.save(
        "checkpoint",
        {
            "layers": [
                {"w": np.frombuffer(counter("w", 4096), "<u4").reshape(32, 32), "b": np.zeros(32, "<f4")},
                (np.arange(20000, dtype="<i8"), np.array(1.5, "<f8"), np.zeros((0, 3), "<f2")),
            ],
            "step": 7,
            "rates": [0.1, float("nan"), float("inf"), -0.0],
            "raw": b"\x00\xff",
            "odd": {1: "one", None: [], ("a", 2): {"$": True}},
            "names": np.array(["a", "bc"], dtype="<U2"),
        },
    )


def _facts(registry: Registry, name: str) -> dict[str, Any]:
    facts = {}
    for number in registry.list_versions(name):
        with registry.open(name, number, verify="full") as snapshot:
            facts[number] = {
                "manifest": snapshot.digest,
                "content": snapshot.content,
                "kind": snapshot.head.kind,
                "metadata": snapshot.head.metadata,
                "inline": [blob.digest for blob in snapshot.ref.inline],
                "packs": [pack.digest for pack in snapshot.manifest.packs],
                "parts": [
                    [p.path, p.executable, p.size, sha256(snapshot.read(p.path)).hexdigest()]
                    for p in snapshot.parts
                ],
                "tensors": [
                    [t.name, t.dtype, list(t.shape), t.part.path, t.start, t.size]
                    for t in snapshot.tensors.values()
                ],
            }
    return facts
