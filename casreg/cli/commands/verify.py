"""``casreg verify``"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from casreg.cli.options import Reference, place
from casreg.cli.output import plural
from casreg.cli.session import Session


def verify(
    session: Session,
    reference: Reference,
    directory: Annotated[
        str,
        typer.Argument(metavar="DIRECTORY", help="Or a file, of a version that is one.", show_default=False),
    ],
) -> None:
    """Tell whether a directory holds exactly the files of a version.

    Ends with code 1, after a list of what is missing, extra or changed, if it does not. Reads the files and
    the version's index, not its data. Of a version's files only the executable bit is kept beside the bytes;
    links count as what they lead to.

    Example:
        casreg verify det/yolo work
    """
    with session.registry(read_only=True) as registry, registry.open(reference) as snapshot:
        version = f"{snapshot.name}@{snapshot.version}"
        files = len(snapshot.parts)
        with session.progress(f"comparing {directory} with {version}") as progress:
            # Resolved once: "latest" may move.
            pinned = f"{snapshot.name}@{snapshot.digest}"
            differences = registry.verify(pinned, place(directory), progress=progress)

    def full() -> None:
        for one in differences:
            session.line(str(one))
        ends = f"not {version}: {plural(len(differences), 'difference')}"
        session.line(ends if differences else f"{directory} is {version}: {plural(files, 'file')}")

    document = {
        "name": str(snapshot.name),
        "version": str(snapshot.version),
        "path": directory,
        "equal": not differences,
        "differences": [asdict(one) for one in differences],
    }
    session.result(document, [f"{one.kind} {one.path}" for one in differences], full)
    if differences:
        raise typer.Exit(1)
