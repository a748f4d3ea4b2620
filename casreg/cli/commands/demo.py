"""``casreg demo``"""

from __future__ import annotations

from typing import Annotated

import typer

from casreg.cli.session import Session


def demo(
    session: Session,
    directory: Annotated[
        str | None,
        typer.Argument(
            metavar="DIR", help="Keep the store here, a new or empty directory.", show_default=False
        ),
    ] = None,
    small: Annotated[bool, typer.Option("--small", help="A smaller network, in a few seconds.")] = False,
) -> None:
    """Train a network, save its checkpoints, see it work.

    Takes less than half a minute. Without DIR everything is in a temporary directory and gone at
    the end.

    Example:
        casreg demo --small my-demo
    """
    from casreg.demo import FULL, SMALL, run

    session.on_interrupt = ""
    result = run(directory, SMALL if small else FULL, quiet=session.quiet or session.json)
    if session.json:
        session.document(result.document())
    elif session.quiet and result.kept:
        session.line(result.store)
