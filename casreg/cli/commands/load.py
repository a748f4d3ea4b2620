"""``casreg load``"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from casreg.cli.options import Only, Reference, VerifyLevel, place, verify_level
from casreg.cli.session import Session
from casreg.cli.values import as_json
from casreg.errors import InvalidInput

if TYPE_CHECKING:
    from casreg.models.index import PartEntry
    from casreg.progress import Progress
    from casreg.snapshot import Snapshot


def load(
    session: Session,
    reference: Reference,
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="A directory, or - for standard output.")
    ] = ".",
    only: Only = None,
    verify: VerifyLevel = "integrity",
) -> None:
    """Write a version's files below OUTPUT/NAME@VERSION.

    Prints where. Files that are there already are replaced. With - the bytes of a version of one file go to
    standard output, each piece checked before it is written; of a value that JSON can carry, its JSON.

    Example:
        casreg load det/yolo
        casreg load det/yolo@2.0 restored --only '*.bin'
        casreg load backup - | tar -t
        casreg load config -
    """
    from casreg.materializers.extract import extract, select

    session.on_interrupt = "files written so far are whole"
    if output == "-" and session.json:
        raise InvalidInput("with - standard output is the version's bytes: --json has no place there")
    level, directory = verify_level(verify), place(output)
    with session.registry(read_only=True) as registry, registry.open(reference, verify=level) as snapshot:
        parts = select(snapshot, only or [])
        what = f"{snapshot.name}@{snapshot.version}"
        with session.progress(f"loading {what}", streams=output == "-") as progress:
            if output == "-":
                session.on_interrupt = ""
                if snapshot.head.kind == "tree" and not only:
                    sys.stdout.buffer.write(as_json(snapshot).encode() + b"\n")
                    sys.stdout.buffer.flush()
                    return
                _stream(snapshot, parts, progress)
                return
            target = directory / what
            extract(snapshot, parts, target, progress=progress)
        if snapshot.head.kind == "file":
            target /= parts[0].path
        session.result(
            {
                "name": str(snapshot.name),
                "version": str(snapshot.version),
                "digest": str(snapshot.digest),
                "kind": snapshot.head.kind,
                "path": str(target),
                "files": len(parts),
                "size": sum(part.size for part in parts),
            },
            [str(target)],
        )


def _stream(snapshot: Snapshot, parts: list[PartEntry], progress: Progress) -> None:
    """The one part's bytes to standard output, a window at a time: memory does not follow their size."""
    files = [part for part in parts if not part.path.endswith("/")]
    if len(files) != 1:
        raise InvalidInput(
            f"{snapshot.name}@{snapshot.version} has {len(files)} files: choose one with --only, "
            "or give a directory instead of -"
        )
    (part,) = files
    done = 0
    for block in snapshot.restored(part) if part.inflated else _windows(snapshot, part):
        sys.stdout.buffer.write(block)
        done += len(block)
        progress(done, part.size)
    sys.stdout.buffer.flush()


def _windows(snapshot: Snapshot, part: PartEntry) -> Iterator[memoryview]:
    window = memoryview(bytearray(min(snapshot.limits.slab_size, part.size)))
    done = 0
    while done < part.size:
        piece = window[: part.size - done]
        snapshot.read_into(part.path, done, [piece])
        yield piece
        done += len(piece)
