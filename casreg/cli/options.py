"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from casreg.errors import InvalidInput

if TYPE_CHECKING:
    from casreg.reader import Verify

_LEVELS: Final[tuple[Verify, ...]] = ("none", "integrity", "full")

REFERENCES: Final = "NAME, NAME@VERSION, NAME@TAG or NAME@sha256:DIGEST."

Reference = Annotated[
    str,
    typer.Argument(metavar="REFERENCE", help=REFERENCES, show_default=False),
]
Only = Annotated[
    list[str] | None, typer.Option(metavar="PATTERN", help="Only files whose path matches. Repeatable.")
]
To = Annotated[
    str,
    typer.Option("--to", metavar="URL", help="The other store, a path or URL; `casreg init` makes one."),
]
Plot = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Draw a picture, too: a .png or .svg. Needs casreg[plot]."),
]
VerifyLevel = Annotated[
    str, typer.Option(metavar="none|integrity|full", help="How much is checked while reading.")
]


def place(text: str) -> Path:
    """Raises InvalidInput for what a variable that is not set leaves: Path takes it for this directory."""
    if not text:
        raise InvalidInput("a path is empty: for the directory that you are in give .")
    return Path(text)


def verify_level(word: str) -> Verify:
    """Raises InvalidInput for anything but the three levels."""
    for level in _LEVELS:
        if word == level:
            return level
    raise InvalidInput(f"--verify {word}: one of {', '.join(_LEVELS)}")
