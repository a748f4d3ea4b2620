"""``casreg protect``"""

from __future__ import annotations

from typing import Annotated

import typer

from casreg.cli.options import Reference
from casreg.cli.session import Session


def protect(
    session: Session,
    reference: Reference,
    off: Annotated[bool, typer.Option("--off", help="Let it be deleted and overwritten again.")] = False,
) -> None:
    """Refuse to delete a version, even by force, and to overwrite it.

    Example:
        casreg protect det/yolo@1
        casreg protect det/yolo@1 --off
    """
    session.on_interrupt = "nothing was changed"
    with session.registry() as registry:
        version = registry.unprotect(reference) if off else registry.protect(reference)
    what = f"{reference.partition('@')[0]}@{version}"
    session.result(
        {"reference": what, "protected": not off},
        [what],
        lambda: session.line(f"{what} is {'no longer ' if off else ''}protected"),
    )
