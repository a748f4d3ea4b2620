"""Values, metadata and notes as they are given on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from casreg import canonical
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


def json_value(given: str, option: str) -> Any:
    """JSON, or with ``@FILE`` what the file holds, with ``-`` or ``@-`` standard input.

    Raises InvalidInput for what is no JSON, or could be read as two different values.
    """
    if given.startswith("@") or given == "-":
        return _of_file(given.removeprefix("@"))
    return _parsed(given.encode(errors="surrogateescape"), option)


def json_object(given: str, option: str) -> dict[str, Any]:
    """An object, given as :func:`json_value` says."""
    return _object(json_value(given, option), given.removeprefix("@") if given.startswith("@") else option)


def json_file(place: str) -> dict[str, Any]:
    """The JSON object in a file, or with ``-`` on standard input."""
    return _object(_of_file(place), place)


def _of_file(place: str) -> Any:
    if place == "-":
        return _parsed(_standard_input(), _called(place))
    try:
        data = Path(place).read_bytes()
    except OSError as error:
        raise InvalidInput(f"{place} cannot be read: {error.strerror}") from error
    return _parsed(data, place)


def _parsed(data: bytes, source: str) -> Any:
    try:
        return canonical.loads(data)
    except UnicodeError:
        raise InvalidInput(f"{source} is not JSON: it is no UTF-8") from None
    except ValueError as error:
        raise InvalidInput(f"{source} is not JSON: {error}") from error


def _object(value: Any, source: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(f'{_called(source)} is not a JSON object, such as {{"key": 1}}')
    return value


def _called(place: str) -> str:
    return "standard input" if place == "-" else place


def _standard_input() -> bytes:
    with standard_input() as stream:
        return b"".join(iter(lambda: stream.read(1 << 16), b""))
