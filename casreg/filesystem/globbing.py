"""Patterns that match names and versions, which lie one level deeper in the tree than in their paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from glob import has_magic
from itertools import accumulate

from casreg.filesystem.paths import parse


def is_of_names(pattern: str) -> bool:
    """Whether a pattern has wildcards before it comes into a version, and says how deep they reach."""
    return "**" not in pattern and has_magic(parse(pattern).reference)


def expanded(pattern: str, references: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The names, what they begin with, and versions that the front of ``pattern`` matches; and the rest of
    it, a pattern of what lies in a version. ``references`` are ``name@version``."""
    steps = pattern.split("/")
    for one in dict.fromkeys(place for reference in references for place in _places(reference)):
        depth = one.count("/") + 1
        whole = depth == len(steps) or (depth < len(steps) and "@" in one)
        if whole and matches(one, "/".join(steps[:depth])):
            yield one, "/".join(steps[depth:])


def matches(path: str, pattern: str) -> bool:
    """Step by step."""
    steps, wanted = path.split("/"), pattern.split("/")
    return len(steps) == len(wanted) and all(map(fnmatchcase, steps, wanted))


def _places(reference: str) -> Iterator[str]:
    """A version, its name, and what that begins with."""
    yield from accumulate(reference.partition("@")[0].split("/"), lambda above, step: f"{above}/{step}")
    yield reference
