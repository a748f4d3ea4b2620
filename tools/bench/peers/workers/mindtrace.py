"""mindtrace-registry: a versioned registry on the local backend, everything by default."""

from __future__ import annotations

from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from mindtrace.registry import Registry

from tools.bench.peers.workers.serving import serve


def prepare(store: str) -> None:
    Registry(store, version_objects=True)


def save(store: str, source: str, number: int, **_: Any) -> None:
    saved = Registry(store, version_objects=True).save("weights", Path(source))
    assert saved == str(number), saved


def load(store: str, number: int, target: str, **_: Any) -> None:
    Registry(store, version_objects=True).load("weights", version=str(number), output_dir=target)


if __name__ == "__main__":
    serve(version=lambda: installed("mindtrace-registry"), prepare=prepare, save=save, load=load)
