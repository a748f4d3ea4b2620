"""Text that others wrote, for terminals."""

from __future__ import annotations


def printable(text: str) -> str:
    """``text`` on one line, with what could confuse a terminal as backslash escapes."""
    return text if text.isprintable() else "".join([c if c.isprintable() else ascii(c)[1:-1] for c in text])
