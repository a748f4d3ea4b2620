"""Sections of pages that are made of a kept report: between a line that says how, and an end."""

from __future__ import annotations

END = "<!-- end -->"


def with_section(page: str, begin: str, section: str) -> str:
    """``page`` with what follows ``begin`` made anew; ValueError unless it has just one of these."""
    before, found, rest = page.partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end or begin in after:
        raise ValueError(f"the page needs one {begin} and {END} after it")
    return f"{before}{begin}\n{section}\n{END}{after}"
