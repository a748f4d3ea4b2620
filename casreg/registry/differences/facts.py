"""What a diff says, as values. Pairs are of ``a``, then of ``b``; sizes are in bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PartChange:
    """Of a file that is not in both versions, or not the same in both."""

    path: str
    """In ``b``; of one that was removed, in ``a``."""
    status: Literal["added", "removed", "renamed", "changed"]
    was: str | None = None
    """Of one that was renamed its path in ``a``: its bytes are the same."""
    sizes: tuple[int | None, int | None]
    executable: tuple[bool | None, bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Norms:
    """How far the floats of a tensor moved, in float64; without those that are NaN or infinite in either
    version. Real and imaginary parts of complex numbers count as two."""

    l2: float
    """Of ``b - a``."""
    length: float
    """The same norm of ``a``."""
    relative: float | None
    """``l2 / length``; None where that is 0, or more than a float can be."""
    largest: float
    """The largest ``|b - a|``."""
    nonfinite: int
    """How many changed floats are NaN or infinite in either version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorChange:
    """Of a tensor that is not in both versions, or not the same in both, whatever files hold it."""

    name: str
    """In ``b``; of one that was removed, in ``a``. ``path:name`` where several files have the name."""
    status: Literal["added", "removed", "renamed", "recast", "changed", "unread"]
    """``recast``: of another dtype or shape. ``unread``: some of its chunks differ, and nothing was read."""
    was: str | None = None
    """Of one that was renamed its name in ``a``: its elements are the same."""
    files: tuple[str | None, str | None]
    dtypes: tuple[str | None, str | None]
    """safetensors' words: ``F32``, ``BF16``, ..."""
    shapes: tuple[tuple[int, ...] | None, tuple[int, ...] | None]
    sizes: tuple[int | None, int | None]
    elements: int | None = None
    """Of one that changed, how many it has."""
    changed: int | None = None
    """How many of them have other bits; None where that was not counted, or elements are no whole bytes."""
    norms: Norms | None = None
    """Of floats that changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysDiff:
    """Of what is known by keys; nested ones are joined by dots. Long values are cut, and end with ``...``."""

    added: Mapping[str, Any]
    removed: Mapping[str, Any]
    changed: Mapping[str, tuple[Any, Any]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What both versions are made of."""

    plain: int
    """Of distinct chunks that both have, before encoding."""
    plains: tuple[int, int]
    """Of all distinct chunks."""
    packs: int
    """Of packs that both use, as stored."""
    stored: tuple[int, int]
    """Of all packs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """From version ``a`` to version ``b``."""

    a: str
    """``name@version``."""
    b: str
    digests: tuple[str, str]
    """Of the manifests."""
    contents: tuple[str, str]
    """The hashes that ``info`` tells: equal if all files are."""
    classes: tuple[str, str]
    kinds: tuple[str, str]
    sizes: tuple[int, int]
    parts: tuple[PartChange, ...] = field(repr=False)
    """In the order of ``b``, then what was removed."""
    parts_unchanged: int
    tensors: tuple[TensorChange, ...] = field(repr=False)
    """In the order of ``b``, then what was removed."""
    tensors_unchanged: int
    values: KeysDiff | None
    """Numbers, texts and so on of trees, without their arrays. None unless both versions are trees, and for
    what was not read or is too large to be compared."""
    metadata: KeysDiff
    init_params: KeysDiff
    notes: KeysDiff
    """Of what was noted after the saves; that does not make versions unequal."""
    shared: Shared

    @property
    def equal(self) -> bool:
        """Whether both load as the same object, and have the same metadata."""
        return (
            self.contents[0] == self.contents[1]
            and self.classes[0] == self.classes[1]
            and self.kinds[0] == self.kinds[1]
            and not (self.metadata or self.init_params)
        )
