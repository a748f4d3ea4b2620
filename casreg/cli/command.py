"""What every command has: the common options, and one way to end."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from casreg.cli.errors import reporting
from casreg.cli.session import Session

_COMMON: dict[str, tuple[Any, Any]] = {
    "store": (
        Annotated[
            str | None,
            typer.Option(
                "--store",
                metavar="URL",
                envvar="CASREG_STORE",
                help="The store, a path or URL; by default a directory below the user's data.",
            ),
        ],
        None,
    ),
    "json": (Annotated[bool, typer.Option("--json", help="Print one JSON document.")], False),
    "quiet": (
        Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only, no progress.")],
        False,
    ),
    "debug": (Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")], False),
}


def command(function: Callable[..., None]) -> Callable[..., None]:
    """``function(session, ...)`` as a command with the common options besides its own.

    Its docstring is the help. Errors end the process with one line and their class's exit code.
    """

    def run(**given: Any) -> None:
        session = Session(**{option: given.pop(option) for option in _COMMON})
        with reporting(session):
            function(session, **given)

    signature = inspect.signature(function, eval_str=True)
    own = list(signature.parameters.values())[1:]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in _COMMON.items()
    ]
    keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    run.__signature__ = signature.replace(parameters=[*keyword_only, *common])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in (*own, *common)}
    run.__name__ = function.__name__
    run.__doc__ = function.__doc__
    return run
