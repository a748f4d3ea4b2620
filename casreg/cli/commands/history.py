"""``casreg history`` and ``casreg undo``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from casreg.cli.commands.ls import when
from casreg.cli.options import Reference
from casreg.cli.output import table
from casreg.cli.session import Session

if TYPE_CHECKING:
    from casreg.registry.event import Event


def history(session: Session, reference: Reference) -> None:
    """Show what happened to a name, or to one version, newest first.

    GENERATION counts the states of each version, and of each tag. One marked * can be brought back by
    `casreg undo --generation`; without that the last delete or overwrite is undone.

    Example:
        casreg history det/yolo
        casreg history det/yolo@1 --json
    """
    with session.registry(read_only=True) as registry:
        events = registry.history(reference)

    def full() -> None:
        table(
            ["time", "what", "version", "generation", "by"],
            [
                [
                    when(event.time.isoformat()),
                    f"{event.action} {event.tag}" if event.tag else str(event.action),
                    event.version or "",
                    f"{event.generation}{'*' if event.restorable else ''}",
                    _by(event),
                ]
                for event in events
            ],
            whole=["time", "version", "generation"],
        )

    brief = [f"{event.action} {event.tag or event.version} {event.generation}" for event in events]
    session.result({"reference": reference, "events": [event.facts() for event in events]}, brief, full)


def undo(
    session: Session,
    reference: Annotated[
        str,
        typer.Argument(
            metavar="REFERENCE",
            help="NAME@VERSION; NAME: its highest version that ever was, deleted or not.",
            show_default=False,
        ),
    ],
    generation: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Bring back this one of `casreg history`.")
    ] = None,
) -> None:
    """Bring back what the last overwrite or delete of a version replaced.

    Undone again, it goes one further back. What is there now stays in the history.

    Example:
        casreg undo det/yolo@1
        casreg undo backup@1 --generation 1
    """
    session.on_interrupt = "nothing was changed"
    with session.registry() as registry:
        version = registry.undo(reference, generation=generation)
        restored = f"{reference.partition('@')[0]}@{version}"
        digest = str(registry.open(restored).digest)
    session.result(
        {"reference": restored, "digest": digest},
        [restored],
        lambda: session.line(f"{restored} is {digest[:19]} again"),
    )


def _by(event: Event) -> str:
    return "@".join([who for who in (event.author, event.host) if who])
