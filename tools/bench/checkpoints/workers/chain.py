"""Files that a compressor makes, one for each version: of the version alone, or against the one before it.

Whoever saves has the version before at hand, as a file; whoever loads has the store alone, and comes to a
version by way of all before it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tools.bench.peers.workers.serving import fsync, serve


@dataclass(frozen=True)
class About:
    """What a compressor may want to know of a file."""

    name: str
    dtype: str
    """``float32`` or ``bfloat16``: of the weights in it."""


class Code(Protocol):
    def __call__(self, data: bytes, before: bytes | None, about: About) -> bytes:
        """One way of a compressor. ``before`` is the version before, plain, and None for a version that is
        stored by itself."""
        ...


def serve_chain(version: Callable[[], str], compress: Code, decompress: Code, delta: bool) -> None:
    """Answer until the input ends. With ``delta``, only the first version is stored by itself."""

    def prepare(store: str) -> None:
        os.mkdir(store)

    def save(store: str, source: str, number: int, dtype: str) -> None:
        path = Path(source)
        before = path.parent.parent / str(number - 1) / path.name
        packed = compress(
            path.read_bytes(),
            before.read_bytes() if delta and number > 1 else None,
            About(path.name, dtype),
        )
        _packed(store, number).write_bytes(packed)
        fsync(str(_packed(store, number)))

    def load(store: str, source: str, number: int, dtype: str, target: str) -> None:
        about, plain = About(os.path.basename(source), dtype), None
        for one in range(1 if delta else number, number + 1):
            plain = decompress(_packed(store, one).read_bytes(), plain, about)
        assert plain is not None
        Path(target, about.name).write_bytes(plain)

    serve(version=version, prepare=prepare, save=save, load=load)


def _packed(store: str, number: int) -> Path:
    return Path(store, f"{number}.packed")
