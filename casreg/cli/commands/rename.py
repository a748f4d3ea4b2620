"""``casreg rename``"""

from __future__ import annotations

from typing import Annotated

import typer

from casreg.cli.output import plural
from casreg.cli.session import Session


def rename(
    session: Session,
    old: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.", show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it is to be called.", show_default=False)],
) -> None:
    """Give all versions of a name another one.

    With their notes, tags and protection; numbers and digests stay. Each version is there under one of the
    names at least at any time; interrupted, it is finished by the same command.

    Example:
        casreg rename det/tuned det/yolo-tuned
    """
    session.on_interrupt = "nothing was renamed"
    with session.registry() as registry:
        versions = registry.rename(old, new)
    document = {"name": new, "renamed": old, "versions": versions}
    brief = [f"{new}@{version}" for version in versions]
    session.result(
        document, brief, lambda: session.line(f"{old} is {new} now: {plural(len(versions), 'version')}")
    )
