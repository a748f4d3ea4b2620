"""What two versions differ by: files, tensors, values, metadata, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casreg.progress import Progress, silent
from casreg.registry.differences import keys, parts, shared, tensors, values
from casreg.registry.differences.facts import Diff, KeysDiff, Norms, PartChange, Shared, TensorChange
from casreg.snapshot import Snapshot

__all__ = ["Diff", "KeysDiff", "Norms", "PartChange", "Shared", "TensorChange", "diff"]


def diff(
    a: Snapshot,
    b: Snapshot,
    *,
    notes: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
    read: bool = True,
    progress: Progress = silent,
) -> Diff:
    """From ``a`` to ``b``; ``notes``: of both. What chunk ids tell is not read; without ``read`` nothing else
    is told.

    Raises Corrupt for damage to what has to be read.
    """
    changed_parts, same_parts = parts.compared(a.index, b.index)
    changed_tensors, same_tensors = tensors.compared(a, b, read=read, progress=progress)
    return Diff(
        a=f"{a.name}@{a.version}",
        b=f"{b.name}@{b.version}",
        digests=(str(a.digest), str(b.digest)),
        contents=(a.content, b.content),
        classes=(a.head.python_class, b.head.python_class),
        kinds=(a.head.kind, b.head.kind),
        sizes=(a.head.size, b.head.size),
        parts=changed_parts,
        parts_unchanged=same_parts,
        tensors=changed_tensors,
        tensors_unchanged=same_tensors,
        values=values.compared(a, b) if read else None,
        metadata=keys.nested(a.head.metadata, b.head.metadata),
        init_params=keys.nested(a.head.init_params, b.head.init_params),
        notes=keys.nested(*notes),
        shared=shared.between(a, b),
    )
