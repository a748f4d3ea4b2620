"""Versions, and the key segments that sort the highest first."""

from __future__ import annotations

import re
from functools import total_ordering
from typing import Final, Self

from casreg.errors import Corrupt, InvalidInput
from casreg.names.plain import plain

LATEST: Final = "latest"
_FORM = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18}){0,7}")
_LETTER: Final = " rqponmlkjihgfedcba"
"""By the count of digits: ``r`` for one, ``a`` for eighteen."""
_CODE: Final = "|".join(
    ["r[0-9]", *(f"{_LETTER[count]}[0-8][0-9]{{{count - 1}}}" for count in range(2, len(_LETTER)))]
)
_KEY = re.compile(rf"((?:{_CODE})(?:\.(?:{_CODE})){{0,7}})~((?:[a-r]{{0,7}}[b-r])?)")
_NUMBER = re.compile(_CODE)
_NINES: Final = str.maketrans("0123456789", "9876543210")
_NUMBERS: Final = {**_NINES, **dict.fromkeys(map(ord, "abcdefghijklmnopqr"))}
"""Digits to their difference to nine; letters away."""


@total_ordering
class Version(str):
    """Dotted integers, kept as typed; ordered numerically, part by part.

    ``01`` sorts as ``1``, just below it, and is distinct from it; a version that begins another sorts
    below it. This is the order of keys, reversed.
    """

    __slots__ = ()

    @property
    def parts(self) -> tuple[int, ...]:
        return tuple(map(int, self.split(".")))

    @classmethod
    def parse(cls, text: object) -> Self:
        """``3``, ``1.2.0``, ``v1.2``: a leading "v" is dropped. Raises InvalidInput otherwise."""
        if isinstance(text, cls):
            return text
        if not isinstance(text, str):
            raise InvalidInput(f"a version is a string such as '1.2', not {type(text).__name__}")
        text = plain(text)
        number = text[1:] if text[:1] == "v" else text
        if not _FORM.fullmatch(number):
            raise InvalidInput(
                f"{text[:80]!r} is no version: dotted integers, at most 8 parts of at most 18 digits"
            )
        return cls(number)

    @classmethod
    def is_version(cls, text: str) -> bool:
        return bool(_FORM.fullmatch(text[1:] if text[:1] == "v" else text))

    @property
    def key(self) -> str:
        """Sorts the other way round: of two versions the higher one's key comes first."""
        typed = self.split(".")
        numbers = [part.lstrip("0") or "0" for part in typed]
        zeros = "".join([chr(97 + len(t) - len(n)) for t, n in zip(typed, numbers, strict=True)])
        return ".".join([_LETTER[len(n)] + n.translate(_NINES) for n in numbers]) + "~" + zeros.rstrip("a")

    @classmethod
    def from_key(cls, segment: str) -> Self:
        """The version whose ``key`` is ``segment``; Corrupt if no version has it."""
        return cls(version_text(segment))

    def next(self) -> Version:
        """The last part plus one: 1 -> 2, 1.1.0 -> 1.1.1."""
        *front, last = self.split(".")
        return Version.parse(".".join([*front, str(int(last) + 1).zfill(len(last))]))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self.key > other.key

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) if isinstance(other, str) else NotImplemented

    __hash__ = str.__hash__

    def __reduce__(self) -> tuple[object, ...]:
        return Version.parse, (str(self),)


def version_text(segment: str) -> str:
    """The version whose ``key`` is ``segment``, as a plain string; Corrupt if no version has it."""
    match = _KEY.fullmatch(segment)
    if match is None:
        raise Corrupt(f"not the key of a version: {segment[:80]!r}")
    codes, zeros = match.groups()
    text: str = codes.translate(_NUMBERS)
    return _with_zeros(text.split("."), zeros) if zeros else text


def descending(number: int) -> str:
    """A code for 0 <= number < 10**18 whose byte order is the reverse of the numbers'.

    A letter for the count of digits (``r`` for one, ``a`` for eighteen), then each digit's
    difference to nine: 0 -> ``r9``, 7 -> ``r2``, 10 -> ``q89``.
    """
    digits = str(number)
    if len(digits) >= len(_LETTER):
        raise InvalidInput(f"{digits[:30]} is beyond the last number that a key can hold")
    return _LETTER[len(digits)] + digits.translate(_NINES)


def ascending(code: str) -> int:
    """The number that :func:`descending` turned into ``code``; Corrupt for anything else."""
    if not _NUMBER.fullmatch(code):
        raise Corrupt(f"not the code of a number: {code[:40]!r}")
    return int(code.translate(_NUMBERS))


def _with_zeros(numbers: list[str], zeros: str) -> str:
    """Each number with the leading zeros it was typed with: ``b`` stands for one, ``c`` for two."""
    counts = [ord(z) - 97 for z in zeros.ljust(len(numbers), "a")]
    if len(counts) > len(numbers) or any(c + len(n) > 18 for c, n in zip(counts, numbers, strict=True)):
        raise Corrupt(f"not the key of a version: leading zeros {zeros[:20]!r}")
    return ".".join(["0" * count + number for count, number in zip(counts, numbers, strict=True)])
