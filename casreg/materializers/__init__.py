"""Materializers: which one keeps an object, and which one loads a kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from casreg.errors import InvalidInput, Unsupported
from casreg.materializers import registered as users
from casreg.materializers.array import ArrayMaterializer
from casreg.materializers.blob import BytesMaterializer, StreamMaterializer
from casreg.materializers.custom import CustomMaterializer
from casreg.materializers.files import PathMaterializer
from casreg.materializers.protocol import Dumped, Materializer, Request
from casreg.materializers.tree import TreeMaterializer
from casreg.materializers.tree.refusals import OTHERWISE, special
from casreg.trust import WARY, Trust, full_name

__all__ = ["Dumped", "Materializer", "Request", "choose", "named", "require_known"]

_OWN: tuple[Materializer, ...] = (
    PathMaterializer("file"),
    PathMaterializer("directory"),
    BytesMaterializer(),
    ArrayMaterializer(),
)
_ALL: tuple[Materializer, ...] = (*_OWN, CustomMaterializer(), TreeMaterializer())
_STREAMS = StreamMaterializer()

_OPTIONS: Final = frozenset(("as_numpy", "inflate", "symlinks", "trusted"))
"""What ``init_params`` may hold that means something to one of casreg's own kinds."""


def choose(
    obj: object, given: Any = None, *, registered: Mapping[str, str] | None = None, trust: Trust = WARY
) -> Materializer:
    """What keeps ``obj``: what is ``given``, a class, an instance or a name; else what is ``registered`` for
    its class, or for the first of its bases in method resolution order that something is registered for;
    else ``obj`` itself if it is a materializer; else casreg; else an installed package; else what reads
    streams; else what is ``registered`` for ``object``; else, if pickles are allowed, pickle. So it is for
    objects within values, too, but that Python's own values and containers are never looked up there.

    Raises InvalidInput if there is none; Unsafe or Unsupported if what is registered cannot be found.
    """
    if given is not None:
        return CustomMaterializer(_given(given, trust))
    cls, registered = type(obj), registered or {}
    if found := users.keeper(cls, registered, trust):
        return CustomMaterializer(found)
    tree = TreeMaterializer(registered)
    for materializer in (*_OWN, tree):
        if materializer.accepts(obj):
            return materializer
    if (found := users.offered(cls.__mro__)) is None and _STREAMS.accepts(obj):
        return _STREAMS
    if found := found or users.find((object,), registered, trust):
        return CustomMaterializer(found)
    if trust.allow_pickle:
        return tree
    reads = "it has read(), but no readable(): no stream; " if _STREAMS.reads(obj) else ""
    reason = special(obj) or (
        f"casreg does not know how to keep a {full_name(cls)}: {reads}give a Path to files, bytes, a stream, "
        "a numpy array, a torch tensor, or dicts and lists of them and of plain values, such as the "
        f"state_dict() of a module; {OTHERWISE}"
    )
    raise InvalidInput(reason, type=full_name(cls))


def named(kind: str) -> Materializer:
    """The materializer of a kind found in a store. Raises Unsupported if this casreg has none."""
    for materializer in _ALL:
        if materializer.kind == kind:
            return materializer
    raise Unsupported(f"this casreg does not know objects of kind {kind[:80]!r}: upgrade it", kind=kind)


def require_known(kind: str, options: Mapping[str, Any]) -> None:
    """Raise InvalidInput for options of a load that mean nothing to any kind of casreg's own; whether they
    do to a class of the user's is for that to say."""
    unknown = sorted(set(options) - _OPTIONS)
    if kind != CustomMaterializer.kind and unknown:
        raise InvalidInput(f"{unknown[0]}= has no meaning for an object of kind {kind!r}")


def _given(given: Any, trust: Trust) -> Any:
    """A class, or an instance, of the user's. By a name it may be imported: a caller gave it."""
    if isinstance(given, str):
        return trust.telling(given).find(users.name_of(given))
    users.require_writes(given)
    return given
