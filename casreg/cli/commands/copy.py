"""``casreg copy``"""

from __future__ import annotations

from typing import Annotated

import typer

from casreg.cli.options import Reference, To
from casreg.cli.output import size
from casreg.cli.session import Session
from casreg.errors import InvalidInput


def copy(
    session: Session,
    reference: Reference,
    to: To,
    as_: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="NAME[@VERSION]", help="What it is to be there; by default what it is here."
        ),
    ] = None,
) -> None:
    """Copy a version to another store, as it is: same digest, nothing decoded.

    Blobs that are there already are not moved, so a copy that was interrupted goes on when it is made again.
    That the very same version is there is fine; ends with code 4 if another one is.

    Example:
        casreg copy det/yolo --to models
        casreg copy det/yolo --to models --as released/yolo@1.0.0
    """
    from casreg.names import Reference as Parsed
    from casreg.names import Version

    name: str | None = None
    version: str | None = None
    if as_ is not None:
        parsed = Parsed.parse(as_)
        name, version = parsed.name, parsed.selector
        if not isinstance(version, Version | None):
            raise InvalidInput(f"--as {as_}: a NAME, or NAME@VERSION")
    session.on_interrupt = "what was copied so far need not be copied again"
    with (
        session.registry(read_only=True) as source,
        session.registry(to) as target,
        session.progress(f"copying {reference}") as progress,
    ):
        copied = source.copy(reference, target, name=name, version=version, progress=progress)
        url = target.backend.url
    there = f"{copied.name}@{copied}"

    def full() -> None:
        if copied.present:
            session.line(f"{there} is at {to} already")
        else:
            session.line(f"copied {there} to {to}, {size(copied.bytes)} moved")

    document = {
        "store": url,
        "name": copied.name,
        "version": str(copied),
        "digest": copied.digest,
        "bytes": copied.bytes,
        "present": copied.present,
    }
    session.result(document, [there], full)
