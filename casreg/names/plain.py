"""The characters of a string."""

from __future__ import annotations


def plain(text: str) -> str:
    """As a string of Python's own: what ``str()`` gives of one that is a member of an enumeration is the
    member's name, and no name, version or tag."""
    return text if type(text) is str else str.__str__(text)
