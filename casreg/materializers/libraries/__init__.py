"""Objects of other libraries, for trees: which library knows one, and knows it again (the tag ``$object``).

A library is recognised by ``sys.modules``: an object of it could not be there without it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from casreg.errors import CasregError, Corrupt, InvalidInput, Unsupported
from casreg.materializers.libraries.protocol import Library
from casreg.trust import Trust

PICKLE: Final = "pickle"
"""The kind of what is pickled; nothing is of it by itself."""
_HOMES: Final = {
    "PIL": "images",
    "pandas": "pandas",
    "polars": "polars",
    "pyarrow": "arrow",
    "sklearn": "sklearn",
    PICKLE: "pickles",
}
"""The modules here, by the libraries, whose names all their kinds begin with."""


def kind_of(obj: object) -> str | None:
    """The kind of an object, if it is one of a library's; cheap."""
    for library in _HOMES:
        if library != PICKLE and library in sys.modules:
            word = _library(library).word(obj)
            if word is not None:
                return word
    return None


def describe(obj: object, kind: str, params: Mapping[str, Any]) -> Any:
    """What an object of ``kind`` is made of. Raises InvalidInput, without the place, for what would not be
    the same again, Unsafe for what would not be loaded."""
    try:
        return _library(kind.partition(".")[0]).describe(obj, kind, params)
    except (CasregError, MemoryError):
        raise
    except Exception as error:  # each library has errors of its own for what it cannot say of itself
        raise InvalidInput(f"a {kind} cannot be taken apart: {str(error)[:200]}") from error


def rebuild(kind: Any, state: Any, params: Mapping[str, Any], trust: Trust) -> Any:
    """The object again. Raises Corrupt for what :func:`describe` never gave, Unsupported without the library,
    Unsafe for what may not be loaded without the caller's word."""
    name = kind.partition(".")[0]
    if name not in _HOMES:
        raise Unsupported(f"this casreg does not know objects of kind {kind[:80]!r}: upgrade it")
    try:
        return _library(name).rebuild(kind, state, params, trust)
    except (CasregError, MemoryError):
        raise
    except ImportError as error:
        raise Unsupported(
            f"a {kind[:80]} needs what is not installed ({str(error)[:200]}): pip install "
            f"casreg[{_HOMES[name]}]"
        ) from error
    except Exception as error:  # each library has errors of its own for what cannot be
        raise Corrupt(f"a {kind[:80]} cannot be made again: {str(error)[:200]}") from error


def _library(name: str) -> Library:
    library: Library = import_module(f"{__name__}.{_HOMES[name]}").LIBRARY
    return library
