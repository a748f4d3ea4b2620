"""How the core tells a caller how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called from one thread at a time, often; must be quick and must not raise."""

    def __call__(self, done: int, total: int | None) -> None:
        """``done`` and ``total`` in plain bytes; ``total`` None while it is not known."""


def silent(done: int, total: int | None) -> None:
    """The progress of a caller who does not look."""
