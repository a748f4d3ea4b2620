"""Options of every command that stand before the command: ``casreg --store models ls``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_SWITCHES: Final = frozenset(("--json", "--quiet", "-q", "--debug"))
_VALUED: Final = "--store"


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those options, with their values, and the command with what is behind it."""
    at = 0
    while at < len(words) and (words[at] in _SWITCHES or words[at].partition("=")[0] == _VALUED):
        at += 2 if words[at] == _VALUED else 1
    return list(words[:at]), list(words[at:])


def moved(words: Sequence[str]) -> list[str]:
    """The words with those options behind the command, where it takes them; without a command none."""
    early, rest = split(words)
    return [rest[0], *early, *rest[1:]] if rest else []
