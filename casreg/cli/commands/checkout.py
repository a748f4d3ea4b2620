"""``casreg checkout``"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from casreg.cli.session import Session


def checkout(
    session: Session,
    reference: Annotated[
        str, typer.Argument(help="NAME, NAME@VERSION or NAME@sha256:DIGEST.", show_default=False)
    ],
    directory: Annotated[str, typer.Argument(help="A new or empty directory.", show_default=False)],
    only: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Files whose path matches. Repeatable.")
    ] = None,
    verify: Annotated[
        Literal["none", "integrity", "full"], typer.Option(help="How much is checked while reading.")
    ] = "integrity",
) -> None:
    """Write the files of a version, yours to change, into a directory of their own.

    Example:
        casreg checkout det/yolo work
    """
    session.on_interrupt = "what was written so far is whole files"
    with session.registry(read_only=True) as registry:
        # Resolved once: "latest" may move between a look and the checkout.
        with registry.open(reference) as snapshot:
            pinned, name, version = (
                f"{snapshot.name}@{snapshot.digest}",
                str(snapshot.name),
                str(snapshot.version),
            )
        with session.progress(f"checking out {name}@{version}") as progress:
            target = registry.checkout(pinned, directory, only=only or None, verify=verify, progress=progress)
        session.result({"name": name, "version": version, "path": str(target)}, [str(target)])
