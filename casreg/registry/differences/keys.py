"""What is known by keys, compared: metadata, parameters, the values of trees."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from casreg.errors import InvalidInput
from casreg.registry.differences.facts import KeysDiff

K = TypeVar("K")
_SHOWN: Final = 200
"""Characters of a value that are told."""


def nested(a: Mapping[str, Any], b: Mapping[str, Any]) -> KeysDiff:
    """Of JSON's objects within objects; a key with a dot is another one than a key within a key."""
    return compared(dict(_walk(a, ())), dict(_walk(b, ())), ".".join)


def named(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A dict; of keys that come again the later ones end with ``~1``, ``~2``, ..."""
    found: dict[str, Any] = {}
    times: Counter[str] = Counter()
    for key, value in pairs:
        found[f"{key}~{times[key]}" if times[key] else key] = value
        times[key] += 1
    return found


def compared(a: Mapping[K, Any], b: Mapping[K, Any], text: Callable[[K], str] = str) -> KeysDiff:
    """Values are the same if their JSON is: 1 and 1.0 are not, nor 1 and true. ``text``: keys as they are
    told."""
    both = [(key, a[key], value) for key, value in b.items() if key in a]
    return KeysDiff(
        added=named((text(key), _short(value)) for key, value in b.items() if key not in a),
        removed=named((text(key), _short(value)) for key, value in a.items() if key not in b),
        changed=named(
            (text(key), (_short(was), _short(now))) for key, was, now in both if not _same(was, now)
        ),
    )


def _walk(values: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in values.items():
        path = *above, key
        if isinstance(value, dict) and value:
            yield from _walk(value, path)
        else:
            yield path, value


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and (a == b if isinstance(a, str) else _text(a) == _text(b))


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else _text(value)
    return value if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _text(value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True)
    except RecursionError:
        raise InvalidInput("a value is nested more deeply than this Python allows") from None
