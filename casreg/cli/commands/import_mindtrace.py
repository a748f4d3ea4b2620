"""``casreg import-mindtrace``"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casreg.cli.output import plural, size, table
from casreg.cli.session import Session

if TYPE_CHECKING:
    from casreg.mindtrace import Item, Outcome, Plan


def import_mindtrace(
    session: Session,
    directory: Annotated[
        str,
        typer.Argument(
            metavar="DIRECTORY", help="A local store of mindtrace-registry 0.9 or 0.16.", show_default=False
        ),
    ],
    files: Annotated[
        bool, typer.Option("--files", help="Import what cannot be read as the files that it consists of.")
    ] = False,
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Load pickles, which can run any code.")
    ] = False,
    allow_import: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN", help="Modules that may be imported for classes of objects. Repeatable."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; save nothing.")
    ] = False,
) -> None:
    """Import all versions of a store that mindtrace-registry wrote.

    Names, versions and metadata stay; objects are what you would have loaded. What is there already is passed
    over, so an interrupted import goes on. The directory is never changed. Ends with code 7 if any version is
    damaged; the others are imported.

    Example:
        casreg import-mindtrace old-registry --dry-run
        casreg import-mindtrace old-registry --files
    """
    from casreg.errors import Corrupt
    from casreg.mindtrace import Action, Status, plan

    session.on_interrupt = "what was imported stays; run it again for the rest"
    with session.registry(read_only=dry_run) as registry:
        planned = plan(
            directory, registry, files=files, allow_pickle=allow_pickle, allow_import=allow_import or ()
        )
        if dry_run:
            _tell(session, planned, [(item, str(item.action), item.facts()) for item in planned.items])
            damaged = any(item.action is Action.DAMAGED for item in planned.items)
        else:
            with session.progress(f"importing {directory}") as progress:
                outcomes = planned.execute(progress)
            _tell(session, planned, [_row(outcome) for outcome in outcomes])
            damaged = any(outcome.status is Status.DAMAGED for outcome in outcomes)
    if damaged:
        raise typer.Exit(Corrupt.exit_code)


def _row(outcome: Outcome) -> tuple[Item, str, dict[str, Any]]:
    return outcome.item, str(outcome.status), outcome.facts()


def _tell(session: Session, planned: Plan, rows: list[tuple[Item, str, dict[str, Any]]]) -> None:
    counts = Counter(word for _, word, _ in rows)

    def full() -> None:
        columns = ["version", "", "class", "size", "why"]
        shown = [
            (item.reference, word, item.python_class or "", size(item.size), facts["reason"] or "")
            for item, word, facts in rows
        ]
        table(columns, shown, right=["size"])
        told = ", ".join([f"{count} {word}" for word, count in counts.items()])
        session.line(f"{plural(len(rows), 'version')}: {told}" if rows else "no versions")

    document = {"directory": str(planned.directory), "counts": counts, "items": [facts for *_, facts in rows]}
    session.result(document, [f"{word} {item.reference}" for item, word, _ in rows], full)
