"""What may not be deleted or overwritten: tagged and protected versions.

Whoever marks a version writes, then looks whether it is still there; whoever takes one away writes, then
looks whether it was marked meanwhile. So of two at once one at least sees the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from casreg import marks
from casreg.errors import CasregError, Conflict, Uncertain, VersionNotFound
from casreg.marks import Marks
from casreg.models.written import Signature
from casreg.names import Name, Version
from casreg.registry.restoring import restore
from casreg.stores.protocol import Store


def is_held(marks: Marks, version: Version, *, force: bool) -> bool:
    """Whether a version is not to be deleted; ``force`` takes its tags along."""
    return version in marks.protected or (not force and version in marks.tags.values())


def held(
    name: str, version: str, tags: Sequence[str], *, protected: bool, others: str = "nothing was deleted"
) -> Conflict:
    """The error of deleting a version that has ``tags``, or is ``protected``; what became of ``others``."""
    if protected:
        return _protected(name, version, "deleted")
    shown = "the tag " + tags[0] if len(tags) == 1 else "the tags " + ", ".join(tags)
    return Conflict(
        f"{name}@{version} has {shown}: {others}; move or untag, or delete it with force=True"
        " (casreg rm --force), which takes tags along",
        name=name,
        version=version,
        tags=list(tags),
    )


def require_unprotected(store: Store, name: Name, version: Version) -> None:
    """Raise Conflict, before anything is changed, if a version must not be overwritten."""
    if marks.protection(store, name, version) is not None:
        raise _protected(name, version, "overwritten")


@contextmanager
def unless_seen(done: str) -> Iterator[None]:
    """The second look, at what was ``done``: where it fails nobody knows whether that stays: Uncertain."""
    try:
        yield
    except (Conflict, VersionNotFound):
        raise
    except CasregError as error:
        raise Uncertain(
            f"{done}, but whether it may stay so could not be seen: {error.message};"
            " look before doing it again",
            **error.fields,
        ) from error


def settle_overwrite(
    store: Store,
    name: Name,
    version: Version,
    generation: int,
    sign: Callable[[], Signature],
    clock: Callable[[], float],
) -> None:
    """``generation`` was just written over another one: if that was protected meanwhile, bring it back and
    raise Conflict; Uncertain if somebody else has overwritten it since, and may bring it back."""
    with unless_seen(f"{name}@{version} is overwritten"):
        protection = marks.protection(store, name, version)
        if protection is None or protection.generation >= generation:
            return  # it is what was protected
        try:
            restore(store, name, version, generation - 1, above=generation, sign=sign, clock=clock)
        except Conflict as error:
            raise Uncertain(error.message, **error.fields) from error
        raise _protected(name, version, "overwritten")


def _protected(name: str, version: str, what: str) -> Conflict:
    return Conflict(
        f"{name}@{version} is protected: it is not {what} before unprotect({f'{name}@{version}'!r})"
        f" (casreg protect {name}@{version} --off)",
        name=name,
        version=version,
    )
