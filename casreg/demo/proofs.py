"""Claims, and how each is tested on the store itself. A claim that does not hold raises ProofFailed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from casreg.demo.result import Damage, LazyRead, ProofFailed
from casreg.errors import Corrupt
from casreg.registry import Registry
from casreg.slices import cut
from casreg.snapshot import Snapshot
from casreg.testing.metered import MeteredStore


def comes_back_equal(registry: Registry, reference: str, saved: dict[str, Any]) -> None:
    """Loading gives what was saved: every array bit for bit, every other value equal."""
    loaded = registry.load(reference)
    arrays, others = dict(_arrays(loaded)), _others(loaded)
    expected = dict(_arrays(saved))
    if arrays.keys() != expected.keys() or others != _others(saved):
        raise ProofFailed(f"{reference} came back with other values than it was saved with")
    for name, array in expected.items():
        found = arrays[name]
        if found.dtype != array.dtype or not np.array_equal(_bits(found), _bits(array)):
            raise ProofFailed(f"{reference} came back with a different {name}")


def reads_little(
    registry: Registry, meter: MeteredStore, reference: str, tensor: str, saved: np.ndarray
) -> LazyRead:
    """One tensor is read without the rest of its version."""
    meter.reset()
    with registry.open(reference) as snapshot:
        array = snapshot[tensor]
        read, requests = meter.bytes_out, meter.requests
        size = snapshot.head.size
    if not np.array_equal(_bits(array), _bits(saved)):
        raise ProofFailed(f"{tensor} of {reference} read alone differs from what was saved")
    if read >= size:
        raise ProofFailed(f"reading {tensor} of {reference} moved {read} bytes, as many as the whole version")
    return LazyRead(reference, tensor, array.shape, array.nbytes, size, read, requests)


def damage_is_refused(registry: Registry, root: Path, reference: str, tensor: str) -> Damage:
    """With one bit of one byte changed on disk, ``load`` refuses the version and says where; it
    loads again when the byte is as it was."""
    with registry.open(reference) as snapshot:
        file, position = _place(snapshot, tensor)
        version = str(snapshot.version)
    with _flipped(root / file, position):
        try:
            registry.load(reference)
        except Corrupt as error:
            where = error.fields
            refusal = str(error)
        else:
            raise ProofFailed(f"{file} was damaged at byte {position}, and {reference} loaded all the same")
    part, offset = where.get("part"), where.get("offset")
    if str(where.get("version")) != version or part is None or offset is None or offset > position:
        raise ProofFailed(f"{reference} was refused, but not where it was damaged: {refusal}")
    registry.load(reference)
    return Damage(file, position, refusal, version, part, offset)


def size_on_disk(root: Path) -> int:
    """Bytes of all files below ``root``."""
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(root) for name in names)


def _place(snapshot: Snapshot, tensor: str) -> tuple[str, int]:
    """(file of the pack, byte in it) in the middle of the tensor's first chunk."""
    found = snapshot.tensors[tensor]
    row = next(cut(snapshot.index, found.part, found.start, found.start + found.size)).row
    chunks = snapshot.index.chunks
    pack = snapshot.packs[chunks.pack[row]]
    return f"blobs/sha256/{pack.sha256.hex}", chunks.offset[row] + chunks.stored[row] // 2


@contextmanager
def _flipped(path: Path, position: int) -> Iterator[None]:
    """The lowest bit of one byte of a file is inverted for the length of the block."""
    with path.open("r+b") as file:

        def flip() -> None:
            file.seek(position)
            byte = file.read(1)[0]
            file.seek(position)
            file.write(bytes([byte ^ 1]))
            file.flush()

        flip()
        try:
            yield
        finally:
            flip()


def _bits(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def _arrays(checkpoint: dict[str, Any]) -> Iterator[tuple[str, np.ndarray]]:
    for layer, arrays in checkpoint["weights"].items():
        for kind, array in arrays.items():
            yield f"weights.{layer}.{kind}", array


def _others(checkpoint: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in checkpoint.items() if key != "weights"}
