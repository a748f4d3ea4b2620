"""Finding versions by name, class, time, metadata and notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from casreg import default
from casreg.errors import InvalidInput
from casreg.models.ref import Ref
from casreg.names import Tag
from casreg.names.escape import beginning
from casreg.refs import State
from casreg.registry import conditions, listing, moments
from casreg.registry.beside import Beside
from casreg.registry.conditions import Condition
from casreg.registry.moments import Moment
from casreg.registry.reading import Reading
from casreg.stores.protocol import Store


@dataclass(frozen=True)
class Found:
    """A version that :meth:`casreg.Registry.find` has found."""

    name: str
    version: str
    facts: dict[str, Any] = field(hash=False)
    """As :meth:`casreg.Registry.info` gives them."""

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class Query:
    """What is looked for; None: anything."""

    name: str | None
    where: Sequence[Condition]
    tag: Tag | None
    python_class: str | None
    """Whole, or behind a dot of it."""
    since: datetime | None
    until: datetime | None

    def in_time(self, ref: Ref) -> bool:
        return (self.since is None or ref.created >= self.since) and (
            self.until is None or ref.created <= self.until
        )


class Searching(Reading):
    """The part of a :class:`casreg.Registry` that finds versions by what they are."""

    def find(
        self,
        name: str | None = None,
        *,
        where: str | Mapping[str, Any] | Iterable[str | Mapping[str, Any]] = (),
        cls: str | type | None = None,
        tag: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> list[Found]:
        """The versions of which everything that is given holds, sorted by name, then lowest first.

        ``name``: a name, or a pattern (``*`` is any text, slashes too, ``?`` a character, ``[ab]`` one of
        them). ``cls``: a class, or its name, with its module or without. ``tag``: what the tag stands for.

        ``where``: conditions upon notes and metadata; of a key in both the note counts. Such are
        ``"loss<0.3"``, ``"stage!=prod"``, ``"owner"`` (there), ``"!owner"`` (not there), ``"labels~vision"``
        (holds it), or a mapping for what is equal. Keys with dots lead into mappings; values are JSON or else
        strings, and those of another type are neither equal nor less nor greater.

        ``since`` and ``until``, both inclusive, of when the version was saved: a datetime or date, in local
        time unless it names a zone, of a date the whole day; the same as ISO 8601 text; or how long ago, as
        a timedelta or text such as ``"7d"``, ``"1d12h"``.

        Lists what begins as ``name`` does, and reads each version whose name matches. Raises
        InvalidInput for conditions and times that are none, Corrupt for a version that cannot be read.
        """
        now = default.now()
        query = Query(
            name=_pattern(name),
            where=conditions.parse(where),
            tag=None if tag is None else Tag.parse(tag),
            python_class=_class_name(cls),
            since=None if since is None else moments.first(since, now, "since"),
            until=None if until is None else moments.last(until, now, "until"),
        )
        return list(_found(self.backend, query))


def _found(store: Store, query: Query) -> Iterator[Found]:
    front = "" if query.name is None else beginning(re.split(r"[*?[]", query.name, maxsplit=1)[0])
    states = _states(store, query.name, front)
    beside = Beside.all(store, front)
    for state, facts in listing.each_told(store, states, beside, query.in_time):
        if _holds(query, facts):
            yield Found(str(state.name), str(state.version), facts)


def _states(store: Store, pattern: str | None, front: str) -> list[State]:
    """Of names that match, sorted; their keys have the beginning ``front``."""
    named = listing.states_of_all(store, front)
    matching = [name for name in named if pattern in (None, name) or fnmatchcase(name, str(pattern))]
    return [state for name in matching for state in named[name]]


def _holds(query: Query, facts: dict[str, Any]) -> bool:
    if query.tag is not None and query.tag not in facts["tags"]:
        return False
    wanted, cls = query.python_class, facts["class"]
    if wanted is not None and cls != wanted and not cls.endswith(f".{wanted}"):
        return False
    return all(condition.holds(facts["notes"], facts["metadata"]) for condition in query.where)


def _pattern(name: object) -> str | None:
    if name is None or (isinstance(name, str) and "@" not in name):
        return name
    if isinstance(name, str):
        raise InvalidInput(f"{name[:120]!r} is a reference: find takes a name, or a pattern such as 'det/*'")
    raise InvalidInput(f"a name is a string, not {type(name).__name__}")


def _class_name(cls: object) -> str | None:
    if isinstance(cls, type):
        return f"{cls.__module__}.{cls.__qualname__}"
    if cls is None or (isinstance(cls, str) and cls):
        return cls
    raise InvalidInput(f"cls={cls!r}: a class, or its name such as 'torch.nn.modules.linear.Linear'")
