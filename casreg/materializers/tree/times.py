"""Dates, times, durations and time zones, as clocks show them: nothing is converted to another zone."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from pickle import PicklingError
from typing import Any, Final
from zoneinfo import ZoneInfo

from casreg.errors import InvalidInput, Unsupported
from casreg.materializers.tree.leaf import Leaf

_KEY: Final = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")

_BELOW_A_SECOND: Final = re.compile(r"([+-])00:00:00\.([0-9]{6})$")
"""An offset that Python writes and takes for UTC when it reads it."""


def _pack_zone(zone: ZoneInfo) -> str:
    try:
        zone.__reduce__()
    except PicklingError:  # it was read from a file, whatever it was called
        raise InvalidInput(
            "a ZoneInfo of a file of its own cannot be found again: give ZoneInfo('Europe/Berlin')"
        ) from None
    return zone.key


def _zone(value: Any) -> ZoneInfo:
    # Reads below the directories of time zones, or imports data of the package tzdata, and nothing else.
    if not _KEY.fullmatch(value):
        raise ValueError("a time zone is no name of one")
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise Unsupported(f"there is no time zone {value[:80]!r} here: pip install tzdata") from error


def _pack_timezone(zone: timezone) -> dict[str, Any]:
    offset, *name = zone.__getinitargs__()  # type: ignore[attr-defined]
    packed: dict[str, Any] = {"offset": _pack_timedelta(offset)}
    return {**packed, "name": name[0]} if name else packed


def _timezone(value: Any) -> timezone:
    offset = _timedelta(value["offset"])
    return timezone(offset, value["name"]) if "name" in value else timezone(offset)


def _pack_timedelta(span: timedelta) -> list[int]:
    return [span.days, span.seconds, span.microseconds]


def _timedelta(value: Any) -> timedelta:
    days, seconds, microseconds = value
    if not type(days) is type(seconds) is type(microseconds) is int:
        raise TypeError("a duration is no three integers")
    span = timedelta(days, seconds, microseconds)
    if (span.seconds, span.microseconds) != (seconds, microseconds):
        raise ValueError("a duration is not in lowest terms")
    return span


def _pack_moment(moment: datetime | time) -> Any:
    """As ISO 8601 where that says everything."""
    zone = moment.tzinfo
    if not moment.fold and (zone is None or (type(zone) is timezone and "name" not in _pack_timezone(zone))):
        return moment.isoformat()
    packed: dict[str, Any] = {"at": moment.replace(tzinfo=None, fold=0).isoformat()}
    if moment.fold:
        packed["fold"] = moment.fold
    if zone is not None:
        packed["zone"] = _pack_tzinfo(zone)
    return packed


def _pack_tzinfo(zone: tzinfo) -> dict[str, Any]:
    for leaf in _ZONES:
        if type(zone) is leaf.cls:
            return {leaf.tag: leaf.pack(zone)}
    cls = type(zone)
    raise InvalidInput(
        f"casreg does not know how to keep a time zone of class {cls.__module__}.{cls.__qualname__}: give a "
        "zoneinfo.ZoneInfo or a datetime.timezone"
    )


def _tzinfo(value: Any) -> tzinfo:
    [(tag, packed)] = value.items()
    for leaf in _ZONES:
        if tag == leaf.tag:
            found: tzinfo = leaf.unpack(packed)
            return found
    raise ValueError(f"{tag[:40]} is no time zone")


def _parsed(cls: type[date | time], value: Any) -> Any:
    """What ISO 8601 says, if Python would say it so."""
    moment: Any = cls.fromisoformat(value)
    if (below := _BELOW_A_SECOND.search(value)) is not None:
        moment = moment.replace(tzinfo=timezone(timedelta(microseconds=int(f"{below[1]}{below[2]}"))))
    if moment.isoformat() != value:
        raise ValueError(f"{value[:80]!r} is not written as others are")
    return moment


def _moment(cls: type[datetime | time], value: Any) -> Any:
    if type(value) is str:
        return _parsed(cls, value)
    moment, fold = _parsed(cls, value["at"]), value.get("fold", 0)
    if moment.tzinfo is not None or type(fold) is not int:
        raise ValueError("a moment has a zone twice, or is no first or second one")
    zone = _tzinfo(value["zone"]) if "zone" in value else None
    return moment.replace(fold=fold, tzinfo=zone)


_ZONES: Final = (
    Leaf(ZoneInfo, "$zone", _pack_zone, _zone),
    Leaf(timezone, "$timezone", _pack_timezone, _timezone),
)
LEAVES: Final = (
    *_ZONES,
    Leaf(date, "$date", date.isoformat, lambda value: _parsed(date, value)),
    Leaf(time, "$time", _pack_moment, lambda value: _moment(time, value)),
    Leaf(datetime, "$datetime", _pack_moment, lambda value: _moment(datetime, value)),
    Leaf(timedelta, "$timedelta", _pack_timedelta, _timedelta),
)
