"""A parser of what may be handed over, and what is held against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from casreg.errors import CasregError, Corrupt


@dataclass(frozen=True)
class Target:
    """One parser."""

    name: str
    parse: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    """All of them are accepted."""
    errors: tuple[type[CasregError], ...] = (Corrupt,)
    """What it may raise."""

    def try_on(self, data: bytes) -> bool:
        """Whether ``data`` is accepted; raises what no parser may."""
        try:
            self.parse(data)
        except self.errors as error:
            told = str(error)
        else:
            return True
        assert len(told) < 2000, f"{self.name} raises a text of {len(told)} characters"
        return False
