"""What is told of a value that a tree does not keep: where it is, and what to give instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from casreg.errors import InvalidInput
from casreg.trust import full_name

OTHERWISE: Final = (
    "or register_materializer() a class that writes it as files (see casreg.Archiver); or give "
    "allow_pickle=True, which pickles it"
)
"""What to do with any object that casreg does not know."""
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
    reason = special(obj) or (
        f"casreg does not know how to keep a {full_name(type(obj))}: give the plain values and arrays that "
        f"it is made of, or make it a dataclass; {OTHERWISE}"
    )
    return refused(path, reason)


def special(obj: Any) -> str | None:
    """Why an object of a type that casreg does not keep is refused, and what to give instead, where there is
    more to say than of any other."""
    if isinstance(obj, Path):
        return (
            "of a Path within a value only the name would be kept, and no file: save the file under a name "
            "of its own, or give PurePath(path) for the name alone"
        )
    if isinstance(obj, memoryview):
        return "a memoryview is not kept: give bytes(view)"
    if isinstance(obj, type):
        return f"the class {full_name(obj)} is no value: give its name"
    base = next((base for base in _BASES if isinstance(obj, base)), None)
    if base is not None:
        return (
            f"a {full_name(type(obj))} would come back as a plain {base.__name__}, which casreg does not do "
            f"by itself: give {base.__name__}(value); {OTHERWISE}"
        )
    return None
