"""What is told of a value that a tree does not keep: where it is, and what to give instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from casreg.errors import InvalidInput

_BASES: Final = (
    *(dict, list, tuple, set, frozenset, str, bytes, bytearray),
    *(int, float, complex),
)


def refused(path: str, reason: str) -> InvalidInput:
    """The error for what is named ``path``."""
    return InvalidInput(f"at {path or 'the top'}: {reason}", at=path)


def refused_pickled_too(path: str, reason: str, what: str) -> InvalidInput:
    """The error for ``what``, which is not kept even where pickles are allowed."""
    return InvalidInput(f"at {path or 'the top'}: {reason}", at=path, unpicklable=what)


def unknown(obj: Any, path: str) -> InvalidInput:
    """The error for an object of a type that trees do not keep."""
    cls = type(obj)
    named = f"{cls.__module__}.{cls.__qualname__}"
    if isinstance(obj, Path):
        return refused(
            path,
            "of a Path within a value only the name would be kept, and no file: save the file under a name "
            "of its own, or give PurePath(path) for the name alone",
        )
    if isinstance(obj, memoryview):
        return refused(path, "a memoryview is not kept: give bytes(view)")
    if isinstance(obj, type):
        return refused(path, f"the class {obj.__module__}.{obj.__qualname__} is no value: give its name")
    base = next((base for base in _BASES if isinstance(obj, base)), None)
    if base is not None:
        return refused(
            path,
            f"a {named} would come back as a plain {base.__name__}, which casreg does not do by itself: "
            f"give {base.__name__}(value)",
        )
    return refused(
        path,
        f"casreg does not know how to keep a {named}: give the plain values and arrays that it is made of, "
        "make it a dataclass, or give allow_pickle=True, which pickles it",
    )
