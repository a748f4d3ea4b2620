"""What a path of ``casreg://`` names."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Of ``det/yolo@3/weights/a``: ``det/yolo@3`` and ``weights/a``. Nothing is checked: what is not there is
    not found."""

    reference: str
    """A name, or what names begin with, where there is no ``@``; empty for the root."""
    inside: str
    """Empty for the version itself."""

    @property
    def is_version(self) -> bool:
        """Whether it lies in a version."""
        return "@" in self.reference


def parse(path: str) -> Place:
    """``path`` without protocol."""
    name, at, rest = path.partition("@")
    if not at:
        return Place(path, "")
    selector, _, inside = rest.partition("/")
    return Place(f"{name}@{selector}", inside)
