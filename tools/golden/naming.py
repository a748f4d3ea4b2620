"""Names, versions, generations and their keys."""

from __future__ import annotations

from typing import Any

from casreg.names import Name, Version
from casreg.names.version import descending


def names() -> dict[str, Any]:
    texts = (
        "a a_b my:model team/detector Weights weights v1.0 con CON com7.txt console .hidden trailing. 50% %41"
    )
    more = ["a b", "a~b,c", "naïve", "nai\u0308ve", "模型", "🦊", "0" * 200, "é" * 33]
    refused = ["", " a", "a ", "a\nb", "a\\b", "\u2028", "0" * 201, "é" * 34]
    return {
        "keys": [[text, Name.parse(text).key] for text in [*texts.split(), *more]],
        "refused names": [*["a@b", "/a", "a/", "a//b", "..", "a/../b"], *refused],
        "refused keys": ["A", "a%61", "a%2F", "a%2f%2fb", "%2e%2e", "%", "%zz", "con", "a.", ".a", "%c3"],
    }


def versions() -> dict[str, Any]:
    typed = (
        "999999999999999999 100 20 10.0.1 10.0 10 9.1 9 3.0.0 2.10 2.9 2.9.0.0.0.0.0.0 "
        "1.1 1.01 01.1 1.0 1.000000000000000000 1 01 001 0.1 0.0 0"
    )
    keyed = sorted(([text, Version.parse(text).key] for text in typed.split()), key=lambda pair: pair[1])
    refused = ["", "1" * 19, "\u0661", "vv1"]
    return {
        "keys": keyed,
        "refused versions": [*["latest", "1.", ".1", "1..2", "1.2.3.4.5.6.7.8.9", "-1", "1a"], *refused],
        "refused keys": ["r8", "r8~a", "r8~ba", "q98~", "r88~", "s8~", "r8~,", "r8~bb", "~", "r8.~", "q8~"],
    }


def generations() -> dict[str, Any]:
    numbers = [0, 1, 2, 9, 10, 11, 99, 100, 12345, 10**9, 10**17, 10**18 - 1]
    return {
        "codes": [[n, descending(n)] for n in numbers],
        "refused codes": ["", "r", "q99", "r88", "8", "r8 ", "R8"],
    }
