"""One parser under atheris: ``python -m tools.fuzz.inside PARSER [options of libFuzzer]``."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["casreg", "json", "base64"]):
    from tools.fuzz.targets import BY_NAME


def main() -> None:
    target = BY_NAME[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target.try_on)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
