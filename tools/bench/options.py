"""What the commands of the benchmarks have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import typer
from rich.console import Console

T = TypeVar("T")
Names = list[str] | None


def chosen(word: str, names: Names, known: Mapping[str, T]) -> dict[str, T]:
    """What ``names`` names of ``known``, in the order of the latter; all of it by default."""
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise typer.BadParameter(f"no {word} {', '.join(unknown)}: there are {', '.join(known)}")
    return {name: one for name, one in known.items() if not names or name in names}


def plain_console() -> Console:
    """Prints what it is given as it is; wide where nobody looks."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if console.is_terminal:
        return console
    return Console(highlight=False, soft_wrap=True, markup=False, width=160)
