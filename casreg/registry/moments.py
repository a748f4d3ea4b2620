"""Moments as people name them: a time, a day, or how long ago."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from casreg.errors import InvalidInput

Moment = datetime | date | timedelta | str
"""A datetime or a date, in local time unless it names a zone; ISO 8601 text of either; a timedelta, or text
such as ``7d`` or ``1d12h`` (weeks, days, hours, minutes, seconds): so long ago."""

_UNITS: Final = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_AGO: Final = re.compile(r"(?:[0-9]{1,9}[wdhms])+")


def first(given: Moment, now: datetime, word: str) -> datetime:
    """The moment, of a day its first; with a zone. Raises InvalidInput, naming the argument ``word``."""
    return _moment(given, now, word, time.min)


def last(given: Moment, now: datetime, word: str) -> datetime:
    """The moment, of a day its last; likewise."""
    return _moment(given, now, word, time.max)


def _moment(given: Moment, now: datetime, word: str, within_day: time) -> datetime:
    try:
        found = _parsed(given.strip()) if isinstance(given, str) else given
        if isinstance(found, timedelta):
            return now - found
        if isinstance(found, datetime):
            return found if found.utcoffset() is not None else found.astimezone()
        if isinstance(found, date):
            return datetime.combine(found, within_day).astimezone()
    except (ValueError, OverflowError, OSError):  # no such text; beyond the years that there are
        pass
    raise InvalidInput(
        f"{word}={str(given)[:80]!r} is no time: such are 2025-01-31, 2025-01-31T12:00, and 7d or 12h ago"
    )


def _parsed(text: str) -> datetime | date | timedelta:
    if _AGO.fullmatch(text):
        spans = re.findall(r"([0-9]+)([wdhms])", text)
        return sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in spans), timedelta())
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text)
