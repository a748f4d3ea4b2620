"""What ``casreg doctor`` looks at, in order. A check says what it found and what would help."""

from __future__ import annotations

from collections.abc import Iterator

from casreg.cli.doctor.check import Check
from casreg.cli.doctor.installation import installation
from casreg.cli.doctor.store import store

__all__ = ["Check", "examine"]


def examine(place: str, *, read_only: bool) -> Iterator[Check]:
    """All checks, each as soon as it is done. With ``read_only`` nothing is written."""
    yield from installation()
    yield from store(place, read_only=read_only)
