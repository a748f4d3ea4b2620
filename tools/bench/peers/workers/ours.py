"""casreg. Every verb opens the store anew: nothing is remembered from one to the next."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from casreg import Registry
from tools.bench.peers.workers.serving import serve

OPTIONS = json.loads(sys.argv[1])


def prepare(store: str) -> None:
    Registry(store, version_objects=True, **OPTIONS)


def save(store: str, source: str, number: int, **_: Any) -> None:
    saved = Registry(store, **OPTIONS).save("weights", Path(source))
    assert saved == str(number)


def load(store: str, number: int, target: str, **_: Any) -> None:
    Registry(store, **OPTIONS).checkout(f"weights@{number}", f"{target}/out")


if __name__ == "__main__":
    serve(version=lambda: installed("casreg"), prepare=prepare, save=save, load=load)
