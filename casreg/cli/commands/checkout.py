"""``casreg checkout``"""

from __future__ import annotations

from typing import Annotated

import typer

from casreg.cli.options import Only, Reference, VerifyLevel, place, verify_level
from casreg.cli.session import Session


def checkout(
    session: Session,
    reference: Reference,
    directory: Annotated[
        str, typer.Argument(metavar="DIRECTORY", help="A new or empty directory.", show_default=False)
    ],
    only: Only = None,
    verify: VerifyLevel = "integrity",
) -> None:
    """Write a version's files into a directory of their own.

    They are yours to change.

    Example:
        casreg checkout det/yolo work
    """
    session.on_interrupt = "files written so far are whole"
    level, wanted = verify_level(verify), place(directory)
    with session.registry(read_only=True) as registry:
        # Resolved once: "latest" may move between a look and the checkout.
        with registry.open(reference) as snapshot:
            pinned, name, version = (
                f"{snapshot.name}@{snapshot.digest}",
                str(snapshot.name),
                str(snapshot.version),
            )
        with session.progress(f"checking out {name}@{version}") as progress:
            target = registry.checkout(pinned, wanted, only=only or None, verify=level, progress=progress)
        session.result({"name": name, "version": version, "path": str(target)}, [str(target)])
