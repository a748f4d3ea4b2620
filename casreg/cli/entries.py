"""Metadata and notes as they are given on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from casreg.cli.stdin import standard_input
from casreg.errors import InvalidInput


def pairs(items: list[str], option: str = "") -> dict[str, Any]:
    """Of ``KEY=VALUE``, each value JSON or else a string. Raises InvalidInput naming ``option``."""
    from casreg.registry.metadata import typed

    kept: dict[str, Any] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise InvalidInput(f"{option} {item}: write KEY=VALUE".lstrip())
        kept[key] = typed(value)
    return kept


def json_file(place: str) -> dict[str, Any]:
    """The JSON object in a file, or with ``-`` on standard input."""
    source = "standard input" if place == "-" else place
    try:
        text = _standard_input() if place == "-" else Path(place).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"{source} cannot be read as a JSON object: {error}") from error
    return json_object(text, source)


def json_object(text: str, source: str) -> dict[str, Any]:
    """Raises InvalidInput naming ``source``."""
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{source} is not JSON: {error}") from error
    if not isinstance(kept, dict):
        raise InvalidInput(f"{source} is not a JSON object")
    return kept


def _standard_input() -> str:
    with standard_input() as stream:
        return b"".join(iter(lambda: stream.read(1 << 16), b"")).decode()
