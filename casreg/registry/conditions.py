"""Conditions over what is said of a version: ``loss<0.3``, ``stage!=prod``, ``optim.lr>=1e-4``, ``owner``.

    KEY            there, whatever its value         !KEY           not there
    KEY=VALUE      equal (== too)                    KEY!=VALUE     there, and not equal
    KEY<VALUE      less; <=, >, >= likewise          KEY~VALUE      text that holds it, a list with it,
                                                                    a mapping with that key

VALUE is JSON, or else a string, as ``save --set`` takes it. Numbers are compared with numbers and strings
with strings; of anything else one is neither less nor greater. A key with dots leads into mappings.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from casreg.errors import InvalidInput
from casreg.registry.metadata import checked, typed

_FORM: Final = re.compile(r"(?P<key>[^<>=!~]+)(?P<word><=|>=|!=|==|=|<|>|~)(?P<value>.*)", re.DOTALL)
_ABSENT: Final = object()
_HELP: Final = "write KEY, !KEY or KEY=VALUE, with =, !=, <, <=, >, >= or ~ between them"


@dataclass(frozen=True, slots=True)
class Condition:
    """One of them, parsed."""

    key: str
    test: Callable[[Any], bool]
    """Whether a value is as it should be; ``_ABSENT`` stands for none."""

    def holds(self, *values: Mapping[str, Any]) -> bool:
        """Of the first of ``values`` that has the key."""
        return self.test(next(lookup(self.key, *values), _ABSENT))


def parse(where: str | Mapping[str, Any] | Iterable[str | Mapping[str, Any]]) -> list[Condition]:
    """All that must hold: of strings one each, of a mapping one for each key, which is equality.

    Raises InvalidInput, naming the condition, for what is none.
    """
    if isinstance(where, str):
        return [_condition(where)]
    if isinstance(where, Mapping):
        return [Condition(key, _is(value)) for key, value in checked(where, "where").items()]
    if not isinstance(where, Iterable):
        raise InvalidInput(f"where= is a string, a mapping or a list of them, not {type(where).__name__}")
    return [condition for one in where for condition in parse(_one(one))]


def _one(given: object) -> str | Mapping[str, Any]:
    if isinstance(given, str | Mapping):
        return given
    raise InvalidInput(
        f"a condition is a string such as 'loss<0.3', or a mapping, not {type(given).__name__}"
    )


def _condition(text: str) -> Condition:
    match = _FORM.fullmatch(text.strip())
    if match is None:
        absent = text.strip().startswith("!")
        key = text.strip()[absent:].strip()
        if not key or re.search("[<>=!~]", key):
            raise InvalidInput(f"{text[:200]!r} is no condition: {_HELP}")
        return Condition(key, _is_absent if absent else _is_there)
    key, word, value = match["key"].strip(), match["word"], match["value"].strip()
    if not value and word not in ("=", "==", "!="):
        raise InvalidInput(f"{text[:200]!r} is no condition: there is nothing behind {word!r}")
    return Condition(key, _holds(value) if word == "~" else _TESTS[word](typed(value)))


def _is_there(found: Any) -> bool:
    return found is not _ABSENT


def _is_absent(found: Any) -> bool:
    return found is _ABSENT


def _is(wanted: Any) -> Callable[[Any], bool]:
    return lambda found: found is not _ABSENT and _equal(found, wanted)


def _is_not(wanted: Any) -> Callable[[Any], bool]:
    return lambda found: found is not _ABSENT and not _equal(found, wanted)


def _orders(compare: Callable[[Any, Any], bool]) -> Callable[[Any], Callable[[Any], bool]]:
    def against(wanted: Any) -> Callable[[Any], bool]:
        return lambda found: _comparable(found, wanted) and compare(found, wanted)

    return against


def _holds(text: str) -> Callable[[Any], bool]:
    wanted = typed(text)
    part = wanted if isinstance(wanted, str) else text

    def test(found: Any) -> bool:
        if isinstance(found, list):
            return any(_equal(item, wanted) for item in found)
        return isinstance(found, str | Mapping) and part in found

    return test


_TESTS: Final[dict[str, Callable[[Any], Callable[[Any], bool]]]] = {
    "=": _is,
    "==": _is,
    "!=": _is_not,
    "<": _orders(operator.lt),
    "<=": _orders(operator.le),
    ">": _orders(operator.gt),
    ">=": _orders(operator.ge),
}


def _comparable(a: Any, b: Any) -> bool:
    return (_is_number(a) and _is_number(b)) or (isinstance(a, str) and isinstance(b, str))


def _equal(a: Any, b: Any) -> bool:
    """As JSON: ``1`` is ``1.0`` and not ``true``."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    return (type(a) is type(b) or (_is_number(a) and _is_number(b))) and bool(a == b)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def lookup(key: str, *values: Mapping[str, Any]) -> Iterator[Any]:
    """What ``key`` leads to, in the order of ``values``: the entry of that name, or by one of its dots into
    the mapping there."""
    for mapping in values:
        if key in mapping:
            yield mapping[key]
        for dot in re.finditer(r"\.", key):
            inner = mapping.get(key[: dot.start()])
            if isinstance(inner, Mapping):
                yield from lookup(key[dot.end() :], inner)
