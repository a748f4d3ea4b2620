"""Materializers: which one keeps an object, and which one loads a kind."""

from __future__ import annotations

from casreg.errors import InvalidInput, Unsupported
from casreg.materializers.array import ArrayMaterializer
from casreg.materializers.blob import BytesMaterializer
from casreg.materializers.files import PathMaterializer
from casreg.materializers.protocol import Dumped, Materializer, Request
from casreg.materializers.tree import TreeMaterializer

__all__ = ["Dumped", "Materializer", "Request", "choose", "named"]

_ALL: tuple[Materializer, ...] = (
    PathMaterializer("file"),
    PathMaterializer("directory"),
    BytesMaterializer(),
    ArrayMaterializer(),
    TreeMaterializer(),
)


def choose(obj: object) -> Materializer:
    """The materializer that keeps ``obj``. Raises InvalidInput if there is none."""
    for materializer in _ALL:
        if materializer.accepts(obj):
            return materializer
    cls = type(obj)
    raise InvalidInput(
        f"casreg does not know how to keep a {cls.__module__}.{cls.__qualname__}: give a Path to files, "
        "bytes, a readable stream, a numpy array, a torch tensor, or dicts and lists of them and of plain "
        "values, such as the state_dict() of a module",
        type=f"{cls.__module__}.{cls.__qualname__}",
    )


def named(kind: str) -> Materializer:
    """The materializer of a kind found in a store. Raises Unsupported if this casreg has none."""
    for materializer in _ALL:
        if materializer.kind == kind:
            return materializer
    raise Unsupported(f"this casreg does not know objects of kind {kind[:80]!r}: upgrade it", kind=kind)
